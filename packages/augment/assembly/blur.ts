// Box filters of fractional width: byte = (weight · Σ_{|k| <= reach} p[x + k] + edge · (p[x - reach - 1] + p[x + reach + 1])
// + 2^23) >> 24, in 32 bits that wrap, read as unsigned. Borders are replicated, and each pass rounds to bytes.

import { narrow16 } from './lanes';

const HALF: i32 = 1 << 23;
const SHIFT: i32 = 24;
const PASSES: i32 = 3;

function weighted4(sum: v128, edges: v128, weight: v128, edge: v128): v128 {
  const value = i32x4.add(i32x4.mul(weight, sum), i32x4.mul(edge, edges));
  return i32x4.shr_u(i32x4.add(value, i32x4.splat(HALF)), SHIFT);
}

/** Sixteen output bytes, given the 16-bit sums over the box and over its two edge pixels. */
function weighted16(sumA: v128, sumB: v128, edgesA: v128, edgesB: v128, weight: v128, edge: v128): v128 {
  return narrow16(
    weighted4(v128.extend_low<u16>(sumA), v128.extend_low<u16>(edgesA), weight, edge),
    weighted4(v128.extend_high<u16>(sumA), v128.extend_high<u16>(edgesA), weight, edge),
    weighted4(v128.extend_low<u16>(sumB), v128.extend_low<u16>(edgesB), weight, edge),
    weighted4(v128.extend_high<u16>(sumB), v128.extend_high<u16>(edgesB), weight, edge),
  );
}

/** Three passes along each of `rows` rows, in place. `scratch` has room for two rows with their borders. */
export function blurRows(
  image: usize,
  rows: i32,
  stride: usize,
  width: usize,
  scratch: usize,
  reach: usize,
  weight: i32,
  edge: i32,
): void {
  const border = reach + 1;
  const other = scratch + stride + 2 * border;
  for (let row = 0; row < rows; row++) {
    memory.copy(scratch + border, image, width);
    let from = scratch;
    let to = other;
    for (let pass = 0; pass < PASSES; pass++) {
      memory.fill(from, load<u8>(from + border), border);
      memory.fill(from + border + width, load<u8>(from + border + width - 1), border);
      // The last pass writes back to the image.
      boxRow(from, pass < PASSES - 1 ? to + border : image, stride, border, weight, edge);
      const last = from;
      from = to;
      to = last;
    }
    image += stride;
  }
}

/** One pass along one row; `from` points `border` pixels before the row. */
function boxRow(from: usize, to: usize, length: usize, border: usize, weight: i32, edge: i32): void {
  const weights = i32x4.splat(weight);
  const edgeWeights = i32x4.splat(edge);
  for (let x: usize = 0; x < length; x += 16) {
    const first = from + x;
    const last = first + 2 * border;
    const before = v128.load(first);
    const after = v128.load(last);
    let sumA = i16x8.splat(0);
    let sumB = sumA;
    for (let at = first + 1; at < last; at++) {
      const value = v128.load(at);
      sumA = i16x8.add(sumA, v128.extend_low<u8>(value));
      sumB = i16x8.add(sumB, v128.extend_high<u8>(value));
    }
    const edgesA = i16x8.add(v128.extend_low<u8>(before), v128.extend_low<u8>(after));
    const edgesB = i16x8.add(v128.extend_high<u8>(before), v128.extend_high<u8>(after));
    v128.store(to + x, weighted16(sumA, sumB, edgesA, edgesB, weights, edgeWeights));
  }
}

/** One pass along the columns of a plane of `height` rows. */
export function blurColumns(
  from: usize,
  to: usize,
  stride: usize,
  height: i32,
  reach: i32,
  weight: i32,
  edge: i32,
): void {
  const weights = i32x4.splat(weight);
  const edgeWeights = i32x4.splat(edge);
  for (let y = 0; y < height; y++) {
    const before = from + rowAt(y - reach - 1, height) * stride;
    const after = from + rowAt(y + reach + 1, height) * stride;
    for (let x: usize = 0; x < stride; x += 16) {
      let sumA = i16x8.splat(0);
      let sumB = sumA;
      for (let row = y - reach; row <= y + reach; row++) {
        const value = v128.load(from + rowAt(row, height) * stride + x);
        sumA = i16x8.add(sumA, v128.extend_low<u8>(value));
        sumB = i16x8.add(sumB, v128.extend_high<u8>(value));
      }
      const upper = v128.load(before + x);
      const lower = v128.load(after + x);
      const edgesA = i16x8.add(v128.extend_low<u8>(upper), v128.extend_low<u8>(lower));
      const edgesB = i16x8.add(v128.extend_high<u8>(upper), v128.extend_high<u8>(lower));
      v128.store(to + x, weighted16(sumA, sumB, edgesA, edgesB, weights, edgeWeights));
    }
    to += stride;
  }
}

function rowAt(y: i32, height: i32): usize {
  return <usize>max(0, min(y, height - 1));
}
