import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { checkClusterCount } from './cluster.js';

/**
 * Draws the tokens that start as centroids: for every image K different ones of its 2N.
 *
 * @param generator advanced by the draws
 * @param images B
 * @param tokenCount 2N, the tokens of both views of an image
 * @param clusters K
 * @returns `[B,K]` int32 in 0..2N-1
 * @throws if there are more clusters than tokens
 */
export function drawInitialIndices(
  generator: Generator,
  images: number,
  tokenCount: number,
  clusters: number,
): tf.Tensor2D {
  checkClusterCount(clusters, tokenCount);
  const indices = new Int32Array(images * clusters);
  for (let image = 0; image < images; image++) {
    indices.set(generator.choice(tokenCount, clusters), image * clusters);
  }
  return tf.tensor2d(indices, [images, clusters], 'int32');
}
