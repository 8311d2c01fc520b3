import type { Crop } from '../crop.js';
import type { Image } from '../image.js';
import { bicubicTaps } from '../resample-taps.js';
import { type Arena, roundUp } from './arena.js';
import type { Kernels } from './kernels.js';
import { type SplitTaps, splitTaps } from './split-taps.js';

/** Bytes of the source image that are copied at a time, if one row is not longer. */
const BAND = 2 ** 17;

/**
 * Prepares `resizedCrop`, mirrored where `flip` says so, into three planes whose rows are `stride` bytes long.
 * @returns what carries it out, once the arena's memory is reserved
 */
export function prepareResize(image: Image, crop: Crop, flip: boolean, size: number, stride: number, arena: Arena) {
  const rows = placed(splitTaps(bicubicTaps(crop.width, size), 1, roundUp(size, 4), 8, flip), arena);
  const columns = placed(splitTaps(bicubicTaps(crop.height, size), stride, size, 2), arena);
  const length = crop.width * 3;
  const sourceStride = image.width * 3;
  // Taps reach beyond the border, where they weigh nothing.
  const scratch = arena.place(3 * roundUp(crop.width, 16) + rows.taps);
  const band = arena.place(Math.max(BAND, length));
  const plane = stride * crop.height;
  const narrow = arena.place(3 * plane + columns.taps * stride);
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
      simd.resizeRows(
        band,
        sourceStride,
        crop.width,
        count,
        scratch,
        narrow + top * stride,
        plane,
        stride,
        rows.starts.length,
        rows.startsAt,
        rows.highAt,
        rows.lowAt,
        rows.taps,
      );
    }
    const { startsAt, highAt, lowAt, taps } = columns;
    simd.resizeColumns(narrow, plane, target, stride * size, stride, size, startsAt, highAt, lowAt, taps);
  };
}

/** Taps and their addresses. */
interface PlacedTaps extends SplitTaps {
  readonly startsAt: number;
  readonly highAt: number;
  readonly lowAt: number;
}

function placed(taps: SplitTaps, arena: Arena): PlacedTaps {
  return {
    ...taps,
    startsAt: arena.place(taps.starts.byteLength),
    highAt: arena.place(taps.high.byteLength),
    lowAt: arena.place(taps.low.byteLength),
  };
}

function store({ starts, high, low, startsAt, highAt, lowAt }: PlacedTaps, buffer: ArrayBuffer): void {
  new Uint32Array(buffer, startsAt, starts.length).set(starts);
  new Int16Array(buffer, highAt, high.length).set(high);
  new Int16Array(buffer, lowAt, low.length).set(low);
}
