import type { Generator } from '@cribo/tensor';
import { IGNORE_LABEL, type LabelMask } from '../dataset.js';
import { resizeWindowOfMask, type Size, type Window } from './resize-window.js';

/**
 * mmsegmentation's `RandomCrop` with a category maximum: a window of at most `cropSize` pixels a side in the resized image. A
 * window is drawn again, up to ten times, while it shows a single class or one class fills `maxRatio` of the pixels that have one.
 * @param size size of the resized image
 * @returns the window and what it shows of the mask
 */
export function drawCrop(
  mask: LabelMask,
  size: Size,
  cropSize: number,
  maxRatio: number,
  rng: Generator,
): { window: Window; labels: LabelMask } {
  const draw = () => {
    const width = Math.min(cropSize, size.width);
    const height = Math.min(cropSize, size.height);
    const window = { top: rng.int(size.height - height + 1), left: rng.int(size.width - width + 1), width, height };
    return { window, labels: resizeWindowOfMask(mask, size, window) };
  };
  let crop = draw();
  for (let tries = 0; tries < 10 && !isMixed(crop.labels.data, maxRatio); tries++) crop = draw();
  return crop;
}

/** True if there are several classes and none of them fills `maxRatio` of the pixels that have one. */
function isMixed(labels: Uint8Array, maxRatio: number): boolean {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]!++;
  counts[IGNORE_LABEL] = 0;
  const present = counts.filter((count) => count > 0);
  const total = present.reduce((sum, count) => sum + count, 0);
  return present.length > 1 && Math.max(...present) / total < maxRatio;
}
