// Antialiased resampling along one axis: byte = clamp((2^21 + Σ weight · pixel) >> 22, 0, 255).
//
// Weights have more than 16 bits, so each is split, weight = high · 2^12 + low, and the sums over `high` and `low` are
// built by 16-bit multiply-adds of neighbouring taps. Recombined in 32 bits they give the same sum, bit for bit.
// `high` and `low` are tables [outputs, taps] of 16-bit numbers; taps that do not exist weigh 0.

import { narrow16 } from './lanes';

const SPLIT: i32 = 12;
const HALF: i32 = 1 << 21;
const SHIFT: i32 = 22;

/**
 * Resizes `rows` rows of interleaved RGB, `sourceWidth` pixels each, to `width` pixels in each of three planes.
 * `starts` holds the first tap of every output; `width` is a multiple of 4, `taps` one of 8. `scratch` has room for
 * three planes of one row, each `sourceWidth` rounded up to 16, and `taps` bytes more.
 */
export function resizeRows(
  source: usize,
  sourceStride: usize,
  sourceWidth: usize,
  rows: i32,
  scratch: usize,
  target: usize,
  targetPlane: usize,
  targetStride: usize,
  width: i32,
  starts: usize,
  high: usize,
  low: usize,
  taps: usize,
): void {
  const row = (sourceWidth + 15) & ~15;
  const step = 2 * taps;
  for (let y = 0; y < rows; y++) {
    separate(source, scratch, row);
    let at = starts;
    let offset: usize = 0;
    for (let x = 0; x < width; x += 4) {
      for (let plane: usize = 0; plane < 3; plane++) {
        const from = scratch + plane * row;
        const sums = sumOfEach(
          weighted(from + load<u32>(at), high + offset, low + offset, taps),
          weighted(from + load<u32>(at, 4), high + offset + step, low + offset + step, taps),
          weighted(from + load<u32>(at, 8), high + offset + 2 * step, low + offset + 2 * step, taps),
          weighted(from + load<u32>(at, 12), high + offset + 3 * step, low + offset + 3 * step, taps),
        );
        const value = i32x4.shr_s(i32x4.add(sums, i32x4.splat(HALF)), SHIFT);
        v128.store_lane<u32>(target + plane * targetPlane + <usize>x, narrow16(value, value, value, value), 0);
      }
      at += 16;
      offset += 4 * step;
    }
    source += sourceStride;
    target += targetStride;
  }
}

/** Splits interleaved RGB into three planes of `length` bytes, a multiple of 16. */
function separate(source: usize, target: usize, length: usize): void {
  for (let x: usize = 0; x < length; x += 16) {
    const a = v128.load(source);
    const b = v128.load(source, 16);
    const c = v128.load(source, 32);
    source += 48;
    // Every third byte of each vector, moved to its place; lane -1 is none and gives 0.
    const redA = v128.swizzle(a, i8x16(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const redB = v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1));
    const redC = v128.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13));
    const greenA = v128.swizzle(a, i8x16(1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const greenB = v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1));
    const greenC = v128.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14));
    const blueA = v128.swizzle(a, i8x16(2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const blueB = v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1));
    const blueC = v128.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15));
    const at = target + x;
    v128.store(at, v128.or(v128.or(redA, redB), redC));
    v128.store(at + length, v128.or(v128.or(greenA, greenB), greenC));
    v128.store(at + 2 * length, v128.or(v128.or(blueA, blueB), blueC));
  }
}

/** Σ weight · byte over the taps of one output, as four partial sums. */
function weighted(from: usize, high: usize, low: usize, taps: usize): v128 {
  let highs = i32x4.splat(0);
  let lows = highs;
  for (let tap: usize = 0; tap < taps; tap += 8) {
    const pixels = v128.load_ext<u8>(from + tap);
    highs = i32x4.add(highs, i32x4.dot_i16x8_s(pixels, v128.load(high + 2 * tap)));
    lows = i32x4.add(lows, i32x4.dot_i16x8_s(pixels, v128.load(low + 2 * tap)));
  }
  return i32x4.add(i32x4.shl(highs, SPLIT), lows);
}

/** The sums of the four numbers of each of four vectors. */
function sumOfEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/**
 * Resizes the columns of three planes to `height` pixels.
 * `starts` holds the offset in bytes of the row of the first tap of every output row; `taps` is even.
 */
export function resizeColumns(
  source: usize,
  sourcePlane: usize,
  target: usize,
  targetPlane: usize,
  stride: usize,
  height: i32,
  starts: usize,
  high: usize,
  low: usize,
  taps: usize,
): void {
  for (let plane = 0; plane < 3; plane++) {
    let start = starts;
    let offset: usize = 0;
    let out = target;
    for (let y = 0; y < height; y++) {
      const first = source + load<u32>(start);
      for (let x: usize = 0; x < stride; x += 16) {
        v128.store(out + x, column16(first + x, stride, high + offset, low + offset, taps));
      }
      start += 4;
      offset += 2 * taps;
      out += stride;
    }
    source += sourcePlane;
    target += targetPlane;
  }
}

/** Sixteen output bytes next to each other, from the rows that begin at `at`. */
function column16(at: usize, stride: usize, high: usize, low: usize, taps: usize): v128 {
  let highA = i32x4.splat(0);
  let highB = highA;
  let highC = highA;
  let highD = highA;
  let lowA = i32x4.splat(HALF);
  let lowB = lowA;
  let lowC = lowA;
  let lowD = lowA;
  const end = high + 2 * taps;
  for (; high < end; high += 4, low += 4) {
    const upper = v128.load(at);
    const lower = v128.load(at + stride);
    // Bytes of both rows next to each other: a0 b0 a1 b1 …
    const left = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const right = v128.shuffle<u8>(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const a = v128.extend_low<u8>(left);
    const b = v128.extend_high<u8>(left);
    const c = v128.extend_low<u8>(right);
    const d = v128.extend_high<u8>(right);
    const highs = v128.load_splat<u32>(high);
    highA = i32x4.add(highA, i32x4.dot_i16x8_s(a, highs));
    highB = i32x4.add(highB, i32x4.dot_i16x8_s(b, highs));
    highC = i32x4.add(highC, i32x4.dot_i16x8_s(c, highs));
    highD = i32x4.add(highD, i32x4.dot_i16x8_s(d, highs));
    const lows = v128.load_splat<u32>(low);
    lowA = i32x4.add(lowA, i32x4.dot_i16x8_s(a, lows));
    lowB = i32x4.add(lowB, i32x4.dot_i16x8_s(b, lows));
    lowC = i32x4.add(lowC, i32x4.dot_i16x8_s(c, lows));
    lowD = i32x4.add(lowD, i32x4.dot_i16x8_s(d, lows));
    at += 2 * stride;
  }
  return narrow16(scaled(highA, lowA), scaled(highB, lowB), scaled(highC, lowC), scaled(highD, lowD));
}

/** (high · 2^12 + low) >> 22, where `low` began as 2^21. */
function scaled(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, SPLIT), low), SHIFT);
}
