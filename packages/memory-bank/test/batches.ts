import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { StoredImage } from './reference.js';

/** Random images of up to K objects; about a third of the object slots stay unused. */
export function randomBatch(seed: string, images: number, objectsPerImage: number, dim: number): StoredImage[] {
  const rng = Generator.fromSeed(seed);
  return Array.from({ length: images }, () => ({
    objects: [0, 1].map(() =>
      Array.from({ length: objectsPerImage }, () => Array.from({ length: dim }, () => Math.fround(rng.normal()))),
    ),
    valid: Array.from({ length: objectsPerImage }, () => rng.bernoulli(0.65)),
  }));
}

/** The batch as tensors: objects `[2,B,K,d]` with NaN in unused slots, valid `[B,K]`. */
export function asTensors(batch: StoredImage[]): { objects: tf.Tensor4D; valid: tf.Tensor2D } {
  const byView = [0, 1].map((view) =>
    batch.map(({ objects, valid }) => objects[view]!.map((x, k) => (valid[k] ? x : x.map(() => Number.NaN)))),
  );
  return {
    objects: tf.tensor4d(byView),
    valid: tf.tensor2d(
      batch.map(({ valid }) => valid),
      undefined,
      'bool',
    ),
  };
}
