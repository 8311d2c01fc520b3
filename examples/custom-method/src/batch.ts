import { type Image, twoViews } from '@cribo/augment';
import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { clusters, vit } from './settings.js';

/** What one step learns from. */
export type Batch = {
  /** `[2B,H,W,3]`: view 1 of every image, then view 2. */
  views: tf.Tensor4D;
  /** `[2,B,N,2]`: where in the image every patch comes from. */
  positions: tf.Tensor4D;
  /** `[B,K]`: the patches that the clustering starts from. */
  initIndices: tf.Tensor2D;
};

/** Augments every image twice. */
export function makeBatch(images: Image[], rng: Generator): Batch {
  const { imageSize: size, patchSize } = vit;
  const patches = (size / patchSize) ** 2;
  const pairs = images.map((image) => twoViews(image, { size, patchSize }, rng));
  const both = <T>(pick: (pair: (typeof pairs)[number], view: 0 | 1) => T) =>
    ([0, 1] as const).flatMap((view) => pairs.map((pair) => pick(pair, view)));
  return tf.tidy(() => ({
    views: tf.tensor4d(joined(both((pair, view) => pair.views[view])), [2 * images.length, size, size, 3]),
    positions: tf.tensor4d(joined(both((pair, view) => pair.positions[view])), [2, images.length, patches, 2]),
    initIndices: drawInitialIndices(rng, images.length, 2 * patches, clusters),
  }));
}

function joined(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  parts.forEach((part, i) => {
    whole.set(part, i * part.length);
  });
  return whole;
}
