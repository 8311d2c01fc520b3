import type { Image } from '@cribo/augment';
import type { LabelMask } from '../dataset.js';
import { linearTaps } from '../upsample.js';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of whole pixels. */
export interface Window extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * mmsegmentation's resizing with the ratio of the sides kept: as large as a shorter side of `short` pixels and a longer one of
 * `4 * short` allow (2048 × 512 for crops of 512 pixels).
 */
export function keepRatioSize({ width, height }: Size, short: number): Size {
  const factor = Math.min((4 * short) / Math.max(width, height), short / Math.min(width, height));
  return {
    width: Math.max(1, Math.floor(width * factor + 0.5)),
    height: Math.max(1, Math.floor(height * factor + 0.5)),
  };
}

/**
 * What `window` shows of the image resized to `size`: bilinear with half-pixel centres and without antialiasing, as OpenCV
 * does it for mmsegmentation. Only the pixels of the window are computed.
 */
export function resizeWindow(image: Image, size: Size, window: Window): Image {
  const vertical = linearTaps(image.height, size.height);
  const horizontal = linearTaps(image.width, size.width);
  const source = image.data;
  const data = new Uint8Array(window.width * window.height * 3);
  let out = 0;
  for (let y = window.top; y < window.top + window.height; y++) {
    const top = vertical.low[y]! * image.width;
    const bottom = vertical.high[y]! * image.width;
    const v = vertical.weight[y]!;
    for (let x = window.left; x < window.left + window.width; x++) {
      const left = horizontal.low[x]!;
      const right = horizontal.high[x]!;
      const h = horizontal.weight[x]!;
      for (let c = 0; c < 3; c++) {
        const upper = (1 - h) * source[(top + left) * 3 + c]! + h * source[(top + right) * 3 + c]!;
        const lower = (1 - h) * source[(bottom + left) * 3 + c]! + h * source[(bottom + right) * 3 + c]!;
        data[out++] = (1 - v) * upper + v * lower + 0.5;
      }
    }
  }
  return { width: window.width, height: window.height, data };
}

/** What `window` shows of the mask resized to `size`: target pixel `i` takes source pixel `floor(i * in / out)`. */
export function resizeWindowOfMask(mask: LabelMask, size: Size, window: Window): LabelMask {
  const data = new Uint8Array(window.width * window.height);
  let out = 0;
  for (let y = window.top; y < window.top + window.height; y++) {
    const row = Math.floor((y * mask.height) / size.height) * mask.width;
    for (let x = window.left; x < window.left + window.width; x++) {
      data[out++] = mask.data[row + Math.floor((x * mask.width) / size.width)]!;
    }
  }
  return { width: window.width, height: window.height, data };
}
