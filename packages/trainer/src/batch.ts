import * as tf from '@tensorflow/tfjs-core';
import type { ClusterInput } from './cluster-patches.js';

/** One batch on the device. `views` is view-major: view 1 of every image, then view 2. */
export interface Batch extends ClusterInput {
  /** float32 [2B, H, W, 3], normalised. */
  views: tf.Tensor4D;
  /** int32 [B, 2N]: the class of every patch, 255 for void, where labels decide which neighbours are positive. */
  classes?: tf.Tensor2D;
}

/** Part `i` of a batch that is split into `parts` equal ones; its tensors belong to the caller. */
export function partOfBatch(batch: Batch, i: number, parts: number): Batch {
  return tf.tidy(() => {
    const images = batch.initIndices.shape[0] / parts;
    const ofImages = <T extends tf.Tensor>(x: T) => tf.slice(x, i * images, images);
    const ofViews = (x: tf.Tensor) => {
      const [, , ...rest] = x.shape;
      const begin = [0, i * images, ...rest.map(() => 0)];
      return tf.slice(x, begin, [2, images, ...rest]);
    };
    const [, ...pixels] = batch.views.shape;
    const views = ofViews(tf.reshape(batch.views, [2, -1, ...pixels]));
    return {
      views: tf.reshape(views, [2 * images, ...pixels]) as tf.Tensor4D,
      positions: ofViews(batch.positions),
      initIndices: ofImages(batch.initIndices),
      ...(batch.regions && { regions: ofImages(batch.regions) }),
      ...(batch.classes && { classes: ofImages(batch.classes) }),
    };
  });
}
