import { type AugmentPolicy, type Image, twoViews } from '@cribo/augment';
import { Generator, type GeneratorState } from '@cribo/tensor';

/** One image to be augmented. Plain data, so it can cross threads. */
export interface ViewTask {
  image: Image;
  viewSize: number;
  patchSize: number;
  policy: AugmentPolicy;
  random: GeneratorState;
}

/**
 * Two views of an image and the positions of their patches, one after another in a single array: view 1 and view 2
 * [size, size, 3], positions 1 and 2 [N, 2]. The same task gives the same sample in whatever thread.
 */
export function viewSample({ image, viewSize, patchSize, policy, random }: ViewTask): Float32Array {
  const { views, positions } = twoViews(image, { size: viewSize, patchSize, policy }, Generator.fromState(random));
  const parts = [...views, ...positions];
  const sample = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    sample.set(part, at);
    at += part.length;
  }
  return sample;
}
