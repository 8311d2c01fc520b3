import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { normalizePerView, zeroOrOne } from './assignment.js';
import type { Clustering } from './cluster.js';

/**
 * Objects that are given instead of found, say by segmentation masks (the supervised oracle of Table 11), in the form that
 * `clusterJointly` returns.
 *
 * @param labels `[B,2N]` int32: the object of every token, those of view 1 first; outside of 0..K-1 the token belongs to none
 * @param clusters K
 * @throws if a shape does not fit, or K is not a positive whole number
 */
export function clusteringFromLabels(labels: tf.Tensor, clusters: number): Clustering {
  checkShape('labels', labels, [null, null]);
  const [images, tokens] = labels.shape as [number, number];
  if (tokens % 2 !== 0) throw new Error(`labels: got ${tokens} tokens per image, expected as many in both views`);
  if (!Number.isInteger(clusters) || clusters < 1) {
    throw new Error(`clusters: got ${clusters}, expected a positive whole number`);
  }
  return tf.tidy((): Clustering => {
    const numbers = tf.tensor1d(
      Int32Array.from({ length: clusters }, (_, k) => k),
      'int32',
    );
    const joint = zeroOrOne(tf.equal(tf.reshape(labels, [images, tokens, 1]), numbers)) as tf.Tensor3D;
    const assignment = normalizePerView(joint);
    const present = tf.max(assignment, 2);
    return {
      assignment,
      valid: tf.greater(tf.min(present, 0), 0) as tf.Tensor2D,
      labels: tf.cast(labels, 'int32') as tf.Tensor2D,
    };
  });
}
