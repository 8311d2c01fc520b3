import type { Image } from './image.js';

/** One number per channel (red, green, blue), in units of the full range 0 … 1. */
export type Channels = readonly [number, number, number];

/** Mean of the ImageNet training images. */
export const imagenetMean: Channels = [0.485, 0.456, 0.406];
/** Standard deviation of the ImageNet training images. */
export const imagenetStd: Channels = [0.229, 0.224, 0.225];

/**
 * `(value / 255 - mean) / std` per channel, in float32.
 * @returns `[height, width, 3]`, row-major.
 */
export function normalize(image: Image, mean: Channels = imagenetMean, std: Channels = imagenetStd): Float32Array {
  const { data } = image;
  const result = new Float32Array(data.length);
  const tables = mean.map((m, c) => normalizeTable(m, std[c]!));
  const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
  for (let i = 0; i < data.length; i += 3) {
    result[i] = red[data[i]!]!;
    result[i + 1] = green[data[i + 1]!]!;
    result[i + 2] = blue[data[i + 2]!]!;
  }
  return result;
}

function normalizeTable(mean: number, std: number): Float32Array {
  const m = Math.fround(mean);
  const s = Math.fround(std);
  return Float32Array.from({ length: 256 }, (_, v) => Math.fround(Math.fround(v / 255) - m) / s);
}
