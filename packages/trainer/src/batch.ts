import * as tf from '@tensorflow/tfjs-core';
import { type ClusterInput, initialClusters } from './cluster-patches.js';
import type { Config } from './config/schema.js';
import type { LoadedBatch } from './data/index.js';
import type { LabelledPatches } from './oracle/open-oracle.js';

/** One batch on the device. `views` is view-major: view 1 of every image, then view 2. */
export interface Batch extends ClusterInput {
  /** float32 [2B, H, W, 3], normalised. */
  views: tf.Tensor4D;
  /** int32 [B, 2N]: the class of every patch, 255 for void, where labels decide which neighbours are positive. */
  classes?: tf.Tensor2D;
}

/** A loaded batch as step number `step` of a run with these settings takes it; its tensors belong to the caller. */
export function toDevice(
  { views, positions }: Pick<LoadedBatch, 'views' | 'positions'>,
  config: Config,
  step: number,
  labels?: LabelledPatches,
): Batch {
  const size = config.views.imageSize;
  const { batchSize } = config.training;
  const perPatch = (values: Int32Array) => tf.tensor2d(values, [batchSize, values.length / batchSize], 'int32');
  return {
    views: tf.tensor4d(views, [2 * batchSize, size, size, 3]),
    positions: tf.tensor4d(positions, [2, batchSize, (size / config.model.patchSize) ** 2, 2]),
    initIndices: initialClusters(config, step),
    ...(labels?.regions && { regions: perPatch(labels.regions) }),
    ...(labels && config.bootstrapping.criterion === 'labels' && { classes: perPatch(labels.classes) }),
  };
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
