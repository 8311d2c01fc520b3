import { type Image, normalize, resizedCrop } from '@cribo/augment';
import type { LabelMask } from './dataset.js';
import { upsampleNearest } from './upsample.js';

/**
 * The whole image as a network sees it: resized to a square (bicubic, antialiased; the aspect ratio is given up) and
 * normalised by the ImageNet statistics.
 * @returns `[size, size, 3]`, row-major.
 */
export function squareInput(image: Image, size: number): Float32Array {
  return normalize(squareImage(image, size));
}

/** The whole image resized to `size` x `size` pixels (bicubic, antialiased). */
export function squareImage(image: Image, size: number): Image {
  return resizedCrop(image, { top: 0, left: 0, width: image.width, height: image.height }, size);
}

/** The mask resized to the same square; every pixel takes the nearest label. */
export function squareMask(mask: LabelMask, size: number): LabelMask {
  const grid = { rows: mask.height, columns: mask.width };
  return { width: size, height: size, data: upsampleNearest(mask.data, grid, { rows: size, columns: size }) };
}
