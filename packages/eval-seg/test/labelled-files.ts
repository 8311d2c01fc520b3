import type { SegDataset } from '../src/index.js';
import { grayPng, rgbPng } from './png.js';

/** An image of one row and a gray mask with these labels. */
export function labelledRow(...labels: number[]): { image: Buffer; mask: Buffer } {
  return {
    image: rgbPng(labels.length, 1, new Uint8Array(3 * labels.length)),
    mask: grayPng(labels.length, 1, Uint8Array.from(labels)),
  };
}

/** The class ids that a data set reads for the pixels of image `index`. */
export async function classIds(dataset: SegDataset, index = 0): Promise<number[]> {
  return [...(await dataset.item(index)).mask.data];
}

/** Whole numbers from `first` to `last`. */
export const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
