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
  const tables = normalizeTables(mean, std);
  for (let i = 0; i < data.length; i += 3) {
    result[i] = tables[data[i]!]!;
    result[i + 1] = tables[256 + data[i + 1]!]!;
    result[i + 2] = tables[512 + data[i + 2]!]!;
  }
  return result;
}

/** `[3, 256]`: what every byte becomes, channel by channel. */
export function normalizeTables(mean: Channels, std: Channels): Float32Array {
  const tables = new Float32Array(3 * 256);
  for (let c = 0; c < 3; c++) {
    const m = Math.fround(mean[c]!);
    const s = Math.fround(std[c]!);
    for (let v = 0; v < 256; v++) tables[c * 256 + v] = Math.fround(Math.fround(v / 255) - m) / s;
  }
  return tables;
}
