import { hflip, type Image, normalize } from '@cribo/augment';
import type { Generator } from '@cribo/tensor';
import { IGNORE_LABEL, type LabelMask, type SegItem } from '../dataset.js';
import { distort, drawDistortion } from './photometric-distortion.js';
import { drawCrop } from './random-crop.js';
import { keepRatioSize, resizeWindow } from './resize-window.js';

/** The augmentation of mmsegmentation's training pipelines. */
export const segmentationAugmentation = {
  /** Range of the factor by which the image is resized. */
  ratioRange: [0.5, 2],
  /** Share of a crop that one class may fill. */
  categoryMaxRatio: 0.75,
  /** Probability of a flip. */
  flip: 0.5,
  photometricDistortion: true,
} as const;

/** An image as the network sees it, and its labels. */
export interface Sample {
  /** `[size, size, 3]`, normalised by the ImageNet statistics. */
  readonly image: Float32Array;
  /** `[size, size]` class ids, 255 where ignored. */
  readonly labels: Uint8Array;
}

/**
 * A crop to train on: random resize (0.5 to 2 times the size whose shorter side is `size`), random crop, flip, photometric
 * distortion; what lies outside of the image is 0, as mmsegmentation pads after it has normalised, and ignored.
 * @param size side of the crop in pixels
 */
export function drawSample({ image, mask }: Pick<SegItem, 'image' | 'mask'>, size: number, rng: Generator): Sample {
  const { ratioRange, categoryMaxRatio, flip } = segmentationAugmentation;
  const resized = keepRatioSize(image, size * rng.uniform(...ratioRange));
  const { window, labels } = drawCrop(mask, resized, size, categoryMaxRatio, rng);
  const flipped = rng.bernoulli(flip);
  const cropped = resizeWindow(image, resized, window);
  const distorted = distort(flipped ? hflip(cropped) : cropped, drawDistortion(rng));
  return {
    image: paddedInput(distorted, size),
    labels: paddedLabels(flipped ? flippedMask(labels) : labels, size),
  };
}

/** The image, normalised by the ImageNet statistics, in the upper left corner of a square of zeros. @returns `[size, size, 3]` */
export function paddedInput(image: Image, size: number): Float32Array {
  const pixels = { width: image.width, data: normalize(image) };
  if (image.width === size && image.height === size) return pixels.data;
  const data = new Float32Array(size * size * 3);
  for (let y = 0; y < image.height; y++) data.set(row(pixels, y, 3), y * size * 3);
  return data;
}

function paddedLabels(mask: LabelMask, size: number): Uint8Array {
  const data = new Uint8Array(size * size).fill(IGNORE_LABEL);
  for (let y = 0; y < mask.height; y++) data.set(row(mask, y, 1), y * size);
  return data;
}

function flippedMask(mask: LabelMask): LabelMask {
  const data = new Uint8Array(mask.data.length);
  for (let y = 0; y < mask.height; y++) data.set(row(mask, y, 1).slice().reverse(), y * mask.width);
  return { ...mask, data };
}

const row = <T extends Uint8Array | Float32Array>(
  { width, data }: { readonly width: number; readonly data: T },
  y: number,
  channels: number,
) => data.subarray(y * width * channels, (y + 1) * width * channels) as T;
