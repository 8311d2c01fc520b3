import {
  type Clustering,
  type ClusterOptions,
  clusteringFromLabels,
  clusterJointly,
  clusterKMeans,
  drawInitialIndices,
} from '@cribo/sinkhorn-cluster';
import type * as tf from '@tensorflow/tfjs-core';
import type { Config } from './config/schema.js';
import { stepGenerator } from './generators.js';

/** What decides the objects besides the tokens. */
export interface ClusterInput {
  /** float32 [2, B, N, 2]: (x, y) of every patch in pixels of the original image. */
  positions: tf.Tensor;
  /** int32 [B, K]: the joint tokens that start the clusters. */
  initIndices: tf.Tensor2D;
  /** int32 [B, 2N]: the object of every patch, −1 for none, where masks are taken for clusters. */
  regions?: tf.Tensor2D;
}

/**
 * Groups patch tokens into objects jointly over both views, as the settings say (Eqs. 12–17, or the masks of an oracle).
 *
 * @param patches float32 [2, B, N, d]
 */
export function clusterPatches(
  patches: tf.Tensor4D,
  { positions, initIndices, regions }: ClusterInput,
  config: Config,
  posAlpha: number,
): Clustering {
  const { method, clusters, iterations, sinkhornIterations, lambda, updateMarginal } = config.clustering;
  if (method === 'masks') {
    if (regions === undefined)
      throw new Error('regions: got none, expected those of the masks (clustering.method masks)');
    return clusteringFromLabels(regions, clusters);
  }
  const side = config.views.imageSize / config.model.patchSize;
  const options: ClusterOptions = {
    clusters,
    iterations,
    sinkhornIterations,
    lambda,
    variant: config.variant,
    posAlpha,
    grid: { rows: side, columns: side },
    ...(updateMarginal !== undefined && { updateMarginal }),
  };
  return (method === 'kmeans' ? clusterKMeans : clusterJointly)(patches, positions, initIndices, options);
}

/** int32 [B, K]: the tokens that start the clusters of every image in the batch of a step. */
export function initialClusters({ seed, clustering, views, model, training }: Config, step: number): tf.Tensor2D {
  const tokens = 2 * (views.imageSize / model.patchSize) ** 2;
  return drawInitialIndices(
    stepGenerator(seed, step).split('clusters'),
    training.batchSize,
    tokens,
    clustering.clusters,
  );
}
