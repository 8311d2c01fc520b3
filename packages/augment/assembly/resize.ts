// Antialiased resampling along one axis: byte = clamp((2^21 + Σ weight · pixel) >> 22, 0, 255).
//
// Weights have more than 16 bits, so each is split, weight = high · 2^12 + low, and the sums over `high` and `low` are
// built by 16-bit multiply-adds of two taps at once. Recombined in 32 bits they give the same sum, bit for bit.
// `weights` holds for each pair of taps four 16-bit numbers: high, high, low, low; taps that do not exist weigh 0.

import { narrow16 } from './lanes';

const SPLIT: i32 = 12;
const HALF: i32 = 1 << 21;
const SHIFT: i32 = 22;
/** Bytes of one pair of taps in `weights`. */
const PAIR: usize = 8;

/** (2^21 + high · 2^12 + low) >> 22, where `low` began as 2^21. */
function scaled(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, SPLIT), low), SHIFT);
}

/** One output pixel of interleaved RGB: (r, g, b, 0) before clamping. */
function pixel(at: usize, weights: usize, pairs: i32): v128 {
  let high = i32x4.splat(0);
  let low = i32x4.splat(HALF);
  for (let pair = 0; pair < pairs; pair++) {
    // r0 g0 b0 r1 g1 b1 … as 16-bit r0 r1 g0 g1 b0 b1 0 0; lane -1 is none and gives 0.
    const order = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    const values = v128.swizzle(v128.load_zero<u64>(at), order);
    high = i32x4.add(high, i32x4.dot_i16x8_s(values, v128.load_splat<u32>(weights)));
    low = i32x4.add(low, i32x4.dot_i16x8_s(values, v128.load_splat<u32>(weights + 4)));
    at += 6;
    weights += PAIR;
  }
  return scaled(high, low);
}

/**
 * Resizes `rows` rows of interleaved RGB to `width` pixels each, into three planes.
 * `starts` holds the byte offset of the first tap of every output in its row; `width` is a multiple of 4.
 */
export function resizeRows(
  source: usize,
  sourceStride: usize,
  rows: i32,
  target: usize,
  targetPlane: usize,
  targetStride: usize,
  width: i32,
  starts: usize,
  weights: usize,
  pairs: i32,
): void {
  const step = <usize>pairs * PAIR;
  for (let y = 0; y < rows; y++) {
    let start = starts;
    let weight = weights;
    for (let x = 0; x < width; x += 4) {
      const a = pixel(source + load<u32>(start), weight, pairs);
      const b = pixel(source + load<u32>(start, 4), weight + step, pairs);
      const c = pixel(source + load<u32>(start, 8), weight + 2 * step, pairs);
      const d = pixel(source + load<u32>(start, 12), weight + 3 * step, pairs);
      const planes = v128.swizzle(narrow16(a, b, c, d), i8x16(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1));
      const at = target + <usize>x;
      v128.store_lane<u32>(at, planes, 0);
      v128.store_lane<u32>(at + targetPlane, planes, 1);
      v128.store_lane<u32>(at + 2 * targetPlane, planes, 2);
      start += 16;
      weight += 4 * step;
    }
    source += sourceStride;
    target += targetStride;
  }
}

/**
 * Resizes the columns of three planes to `height` pixels.
 * `starts` holds the byte offset of the row of the first tap of every output row.
 */
export function resizeColumns(
  source: usize,
  sourcePlane: usize,
  target: usize,
  targetPlane: usize,
  stride: usize,
  height: i32,
  starts: usize,
  weights: usize,
  pairs: i32,
): void {
  for (let plane = 0; plane < 3; plane++) {
    let start = starts;
    let weight = weights;
    let out = target;
    for (let y = 0; y < height; y++) {
      const first = source + load<u32>(start);
      for (let x: usize = 0; x < stride; x += 16) v128.store(out + x, column16(first + x, stride, weight, pairs));
      start += 4;
      weight += <usize>pairs * PAIR;
      out += stride;
    }
    source += sourcePlane;
    target += targetPlane;
  }
}

/** Sixteen output bytes next to each other, from the rows that begin at `at`. */
function column16(at: usize, stride: usize, weights: usize, pairs: i32): v128 {
  let highA = i32x4.splat(0);
  let highB = highA;
  let highC = highA;
  let highD = highA;
  let lowA = i32x4.splat(HALF);
  let lowB = lowA;
  let lowC = lowA;
  let lowD = lowA;
  for (let pair = 0; pair < pairs; pair++) {
    const upper = v128.load(at);
    const lower = v128.load(at + stride);
    // Bytes of both rows next to each other: a0 b0 a1 b1 …
    const left = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const right = v128.shuffle<u8>(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const a = v128.extend_low<u8>(left);
    const b = v128.extend_high<u8>(left);
    const c = v128.extend_low<u8>(right);
    const d = v128.extend_high<u8>(right);
    const high = v128.load_splat<u32>(weights);
    highA = i32x4.add(highA, i32x4.dot_i16x8_s(a, high));
    highB = i32x4.add(highB, i32x4.dot_i16x8_s(b, high));
    highC = i32x4.add(highC, i32x4.dot_i16x8_s(c, high));
    highD = i32x4.add(highD, i32x4.dot_i16x8_s(d, high));
    const low = v128.load_splat<u32>(weights + 4);
    lowA = i32x4.add(lowA, i32x4.dot_i16x8_s(a, low));
    lowB = i32x4.add(lowB, i32x4.dot_i16x8_s(b, low));
    lowC = i32x4.add(lowC, i32x4.dot_i16x8_s(c, low));
    lowD = i32x4.add(lowD, i32x4.dot_i16x8_s(d, low));
    at += 2 * stride;
    weights += PAIR;
  }
  return narrow16(scaled(highA, lowA), scaled(highB, lowB), scaled(highC, lowC), scaled(highD, lowD));
}
