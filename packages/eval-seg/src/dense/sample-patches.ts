import type { Generator } from '@cribo/tensor';
import { IGNORE_LABEL, type LabelMask } from '../dataset.js';

/**
 * Draws up to `count` patches of one image without replacement, such that rare classes come first (the memory sampling of
 * Hummingbird, Balazevic et al. 2023): a patch scores the sum, over the classes of its pixels, of the number of patches
 * that hold the class, times a uniform draw; the lowest scores are taken. Void pixels have no class, and a patch of void
 * pixels only is never taken.
 * @returns patch numbers, ascending
 */
export function samplePatches(
  mask: LabelMask,
  patchSize: number,
  count: number,
  rng: Pick<Generator, 'uniform'>,
): Int32Array {
  const classes = patchClasses(mask, patchSize);
  const patchesWith = new Uint32Array(256);
  for (const present of classes) for (const label of present) patchesWith[label]!++;
  const scored = classes.flatMap((present, patch) => {
    if (present.length === 0) return [];
    const frequency = present.reduce((sum, label) => sum + patchesWith[label]!, 0);
    return [{ patch, score: frequency * rng.uniform() }];
  });
  scored.sort((a, b) => a.score - b.score || a.patch - b.patch);
  return Int32Array.from(scored.slice(0, count), ({ patch }) => patch).sort();
}

/** The classes among the pixels of every patch. */
function patchClasses({ width, height, data }: LabelMask, patchSize: number): number[][] {
  const columns = width / patchSize;
  return Array.from({ length: columns * (height / patchSize) }, (_, patch) => {
    const present = new Set<number>();
    const top = Math.floor(patch / columns) * patchSize;
    const left = (patch % columns) * patchSize;
    for (let y = top; y < top + patchSize; y++) {
      for (let p = y * width + left; p < y * width + left + patchSize; p++) present.add(data[p]!);
    }
    present.delete(IGNORE_LABEL);
    return [...present];
  });
}
