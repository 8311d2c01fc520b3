import { boxOf } from '../gaussian-blur.js';
import type { Image } from '../image.js';
import { type Channels, normalizeTables } from '../normalize.js';
import { bicubicTaps } from '../resample-taps.js';
import type { JitterStep, ViewRecipe } from '../view-recipe.js';
import { type Kernels, kernels, reserve } from './kernels.js';
import { type TapPairs, tapPairs } from './tap-pairs.js';

/** The memory of the kernels never grows beyond this; larger views are made without them. */
const MEMORY_LIMIT = 2 ** 26;
/** Bytes of the source image that are copied at a time. */
const BAND = 2 ** 17;
/** The kernels add the pixels of a box one by one, which running sums beat where the box is wide. */
const WIDEST_REACH = 16;
/** Vectors may read, and never use, a little beyond what they need. */
const SLACK = 64;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** A finished view in the kernels' memory, which the next view overwrites. */
export interface SimdView {
  /** Interleaved RGB, `[size, size, 3]`. */
  bytes(): Uint8Array;
  /** Normalised, `[size, size, 3]`, written to `target`. */
  normalizeTo(target: Float32Array, mean: Channels, std: Channels): void;
}

/**
 * Carries out a recipe by the SIMD kernels; crop and size must have been checked. Equals the functions of this package
 * in every byte.
 * @returns undefined where there are no kernels, or the view asks for more memory or a wider blur than they take
 */
export function simdView(image: Image, recipe: ViewRecipe, size: number): SimdView | undefined {
  const simd = kernels();
  if (simd === undefined) return undefined;
  const { crop, flip, jitter, blurSigma } = recipe;
  const box = blurSigma === null ? null : boxOf(blurSigma);
  if (box !== null && box.reach > WIDEST_REACH) return undefined;

  const stride = roundUp(size, 16);
  const plane = stride * size;
  const narrowPlane = stride * crop.height;
  const rows = tapPairs(bicubicTaps(crop.width, size), 3, roundUp(size, 4), flip);
  const columns = tapPairs(bicubicTaps(crop.height, size), stride, size);

  // Everything lies in memory one after the other.
  let end = 0;
  const place = (bytes: number): number => {
    const at = end;
    end = roundUp(at + bytes + SLACK, 16);
    return at;
  };
  const rowTaps = placeTaps(rows, place);
  const columnTaps = placeTaps(columns, place);
  const tables = place(3 * 256 * 4);
  const scratch = place(2 * (stride + 2 * (WIDEST_REACH + 1)));
  // Pairs of taps reach up to `pairs * 2` pixels beyond the border, where they weigh nothing.
  const band = place(Math.max(BAND, crop.width * 3) + rows.pairs * 6);
  const narrow = place(3 * narrowPlane + columns.pairs * 2 * stride);
  let view = place(3 * plane);
  const other = place(3 * plane);
  const output = place(size * size * 3 * 4);
  if (end > MEMORY_LIMIT) return undefined;
  reserve(simd, end);
  const { buffer } = simd.memory;
  storeTaps(buffer, rows, rowTaps);
  storeTaps(buffer, columns, columnTaps);

  resizeRows(simd, image, recipe, band, (source, sourceStride, top, count) =>
    simd.resizeRows(
      source,
      sourceStride,
      count,
      narrow + top * stride,
      narrowPlane,
      stride,
      rows.starts.length,
      rowTaps.starts,
      rowTaps.weights,
      rows.pairs,
    ),
  );
  simd.resizeColumns(
    narrow,
    narrowPlane,
    view,
    plane,
    stride,
    size,
    columnTaps.starts,
    columnTaps.weights,
    columns.pairs,
  );
  for (const step of jitter) adjust(simd, step, view, stride, size);
  if (recipe.grayscale) simd.grayscale(view, plane);
  if (box !== null) {
    const { reach, weight, edgeWeight } = box;
    simd.blurRows(view, 3 * size, stride, size, scratch, reach, weight, edgeWeight);
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [view + channel * plane, other + channel * plane];
      simd.blurColumns(from, to, stride, size, reach, weight, edgeWeight);
      simd.blurColumns(to, from, stride, size, reach, weight, edgeWeight);
      simd.blurColumns(from, to, stride, size, reach, weight, edgeWeight);
    }
    view = other;
  }
  if (recipe.solarize !== null && recipe.solarize <= 255) {
    simd.solarize(view, 3 * plane, Math.max(0, Math.ceil(recipe.solarize)));
  }

  return {
    bytes() {
      simd.toBytes(view, plane, stride, size, size, output);
      return new Uint8Array(buffer, output, size * size * 3).slice();
    },
    normalizeTo(target, mean, std) {
      new Float32Array(buffer, tables, 3 * 256).set(normalizeTables(mean, std));
      simd.toFloats(view, plane, stride, size, size, tables, output);
      target.set(new Float32Array(buffer, output, size * size * 3));
    },
  };
}

interface PlacedTaps {
  readonly starts: number;
  readonly weights: number;
}

function placeTaps(taps: TapPairs, place: (bytes: number) => number): PlacedTaps {
  return { starts: place(taps.starts.byteLength), weights: place(taps.weights.byteLength) };
}

function storeTaps(buffer: ArrayBuffer, taps: TapPairs, at: PlacedTaps): void {
  new Uint32Array(buffer, at.starts, taps.starts.length).set(taps.starts);
  new Int16Array(buffer, at.weights, taps.weights.length).set(taps.weights);
}

/** Copies the rows of the crop to `band`, as many at a time as fit, and calls `resize` for them. */
function resizeRows(
  { memory }: Kernels,
  image: Image,
  { crop }: ViewRecipe,
  band: number,
  resize: (source: number, sourceStride: number, top: number, count: number) => void,
): void {
  const bytes = new Uint8Array(memory.buffer);
  const sourceStride = image.width * 3;
  const length = crop.width * 3;
  // Whole rows are copied at once, but for what lies before the crop in the first and after it in the last one.
  const atOnce = 1 + Math.max(0, Math.floor((BAND - length) / sourceStride));
  for (let top = 0; top < crop.height; top += atOnce) {
    const count = Math.min(atOnce, crop.height - top);
    const from = (crop.top + top) * sourceStride + crop.left * 3;
    bytes.set(image.data.subarray(from, from + (count - 1) * sourceStride + length), band);
    resize(band, sourceStride, top, count);
  }
}

function adjust(simd: Kernels, { op, factor }: JitterStep, view: number, stride: number, size: number): void {
  const plane = stride * size;
  if (op === 'brightness') simd.blend(view, 3 * plane, 0, factor);
  else if (op === 'contrast') {
    const mean = Math.trunc(simd.lumaSum(view, plane, stride, size, size) / (size * size) + 0.5);
    simd.blend(view, 3 * plane, mean, factor);
  } else if (op === 'saturation') simd.saturation(view, plane, factor);
  else simd.hue(view, plane, Math.trunc(factor * 255) & 255);
}
