import type { Image } from './image.js';

const PASSES = 3;
// Sums reach 255 * 2^24 + 2^23, just below 2^32: `Math.imul` wraps and `>>>` reads the result as unsigned.
const HALF = 1 << 23;
const SHIFT = 24;

/**
 * Gaussian blur with standard deviation `sigma` in pixels, approximated as Pillow does it: three box filters of
 * fractional width along the rows, then three along the columns, rounding to bytes after each; borders are replicated.
 * @throws Error if `sigma` is not a positive number.
 */
export function gaussianBlur(image: Image, sigma: number): Image {
  const box = boxOf(sigma);
  const { width, height } = image;
  let from: Uint8Array = new Uint8Array(image.data);
  let to: Uint8Array = new Uint8Array(image.data.length);
  const blurs = [...Array(PASSES).fill(blurRows), ...Array(PASSES).fill(blurColumns)] as (typeof blurRows)[];
  for (const blur of blurs) {
    blur(from, to, width, height, box);
    [from, to] = [to, from];
  }
  return { width, height, data: from };
}

/** A box filter: full weight out to `reach` pixels, `edgeWeight` for the next one; weights are in units of 2^-24. */
export interface Box {
  readonly reach: number;
  readonly weight: number;
  readonly edgeWeight: number;
}

/**
 * The box whose `PASSES`-fold convolution has variance `sigma`^2; rounded to float32 wherever Pillow computes in floats.
 * @throws Error if `sigma` is not a positive number.
 */
export function boxOf(sigma: number): Box {
  if (!(sigma > 0)) throw new Error(`sigma: got ${sigma}, wanted a positive number of pixels`);
  const f = Math.fround;
  const variance = f(f(f(sigma) * f(sigma)) / PASSES);
  const l = Math.floor((f(Math.sqrt(12 * variance + 1)) - 1) / 2);
  const excess = f((2 * l + 1) * f(l * (l + 1) - f(3 * variance)));
  const radius = f(l + f(excess / f(6 * f(variance - (l + 1) * (l + 1)))));
  const reach = Math.trunc(radius);
  const weight = Math.trunc(f(2 ** SHIFT / f(radius * 2 + 1)));
  return { reach, weight, edgeWeight: (2 ** SHIFT - (reach * 2 + 1) * weight) >> 1 };
}

function blurRows(from: Uint8Array, to: Uint8Array, width: number, height: number, box: Box): void {
  const { reach, weight, edgeWeight } = box;
  const length = width * 3;
  const border = (reach + 1) * 3;
  // One row with its borders replicated, so that the inner loop need not look where it is.
  const padded = new Uint8Array(length + 2 * border);
  for (let y = 0; y < height; y++) {
    const row = y * length;
    for (let i = 0; i < length; i++) padded[border + i] = from[row + i]!;
    for (let i = 0; i < border; i++) {
      padded[i] = from[row + (i % 3)]!;
      padded[border + length + i] = from[row + length - 3 + (i % 3)]!;
    }
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let i = c + 3; i < c + 2 * border; i += 3) sum += padded[i]!;
      let before = c;
      let after = c + 2 * border;
      for (let i = row + c; i < row + length; i += 3) {
        const next = padded[after]!;
        to[i] = (Math.imul(weight, sum) + Math.imul(edgeWeight, padded[before]! + next) + HALF) >>> SHIFT;
        before += 3;
        after += 3;
        sum += next - padded[before]!;
      }
    }
  }
}

/** As `blurRows` along columns, but one whole row of running sums at a time, so that memory is read in order. */
function blurColumns(from: Uint8Array, to: Uint8Array, width: number, height: number, box: Box): void {
  const { reach, weight, edgeWeight } = box;
  const length = width * 3;
  const rowAt = (y: number): number => (y < 0 ? 0 : y >= height ? height - 1 : y) * length;
  const sums = new Int32Array(length);
  for (let y = -reach; y <= reach; y++) {
    const row = rowAt(y);
    for (let i = 0; i < length; i++) sums[i] = sums[i]! + from[row + i]!;
  }
  for (let y = 0; y < height; y++) {
    const before = rowAt(y - reach - 1);
    const first = rowAt(y - reach);
    const after = rowAt(y + reach + 1);
    const out = y * length;
    for (let i = 0; i < length; i++) {
      const sum = sums[i]!;
      const next = from[after + i]!;
      const edges = from[before + i]! + next;
      to[out + i] = (Math.imul(weight, sum) + Math.imul(edgeWeight, edges) + HALF) >>> SHIFT;
      sums[i] = sum + next - from[first + i]!;
    }
  }
}
