import type { Crop } from '../crop.js';
import type { Image } from '../image.js';
import { bicubicTaps } from '../resample-taps.js';
import { type Arena, roundUp } from './arena.js';
import type { Kernels } from './kernels.js';
import { type TapPairs, tapPairs } from './tap-pairs.js';

/** Bytes of the source image that are copied at a time, if one row is not longer. */
const BAND = 2 ** 17;

/**
 * Prepares `resizedCrop`, mirrored where `flip` says so, into three planes whose rows are `stride` bytes long.
 * @returns what carries it out, once the arena's memory is reserved
 */
export function prepareResize(image: Image, crop: Crop, flip: boolean, size: number, stride: number, arena: Arena) {
  const rows = placed(tapPairs(bicubicTaps(crop.width, size), 3, roundUp(size, 4), flip), arena);
  const columns = placed(tapPairs(bicubicTaps(crop.height, size), stride, size), arena);
  const length = crop.width * 3;
  const sourceStride = image.width * 3;
  // Pairs of taps reach beyond the border, where they weigh nothing.
  const band = arena.place(Math.max(BAND, length) + rows.pairs * 6);
  const plane = stride * crop.height;
  const narrow = arena.place(3 * plane + columns.pairs * 2 * stride);
  // Whole rows are copied at once, but for what lies before the crop in the first and after it in the last one.
  const atOnce = 1 + Math.max(0, Math.floor((BAND - length) / sourceStride));

  return (simd: Kernels, target: number): void => {
    const { buffer } = simd.memory;
    store(rows, buffer);
    store(columns, buffer);
    const bytes = new Uint8Array(buffer);
    for (let top = 0; top < crop.height; top += atOnce) {
      const count = Math.min(atOnce, crop.height - top);
      const from = (crop.top + top) * sourceStride + crop.left * 3;
      bytes.set(image.data.subarray(from, from + (count - 1) * sourceStride + length), band);
      const to = narrow + top * stride;
      const { starts, startsAt, weightsAt, pairs } = rows;
      simd.resizeRows(band, sourceStride, count, to, plane, stride, starts.length, startsAt, weightsAt, pairs);
    }
    const { startsAt, weightsAt, pairs } = columns;
    simd.resizeColumns(narrow, plane, target, stride * size, stride, size, startsAt, weightsAt, pairs);
  };
}

/** Taps and their addresses. */
interface PlacedTaps extends TapPairs {
  readonly startsAt: number;
  readonly weightsAt: number;
}

function placed(taps: TapPairs, arena: Arena): PlacedTaps {
  return {
    ...taps,
    startsAt: arena.place(taps.starts.byteLength),
    weightsAt: arena.place(taps.weights.byteLength),
  };
}

function store({ starts, weights, startsAt, weightsAt }: PlacedTaps, buffer: ArrayBuffer): void {
  new Uint32Array(buffer, startsAt, starts.length).set(starts);
  new Int16Array(buffer, weightsAt, weights.length).set(weights);
}
