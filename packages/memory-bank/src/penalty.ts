import * as tf from '@tensorflow/tfjs-core';

/** Lower than any similarity, and low enough to swallow one when added to it. */
export const NOT_STORED = -1e30;

/** What to add to similarities so that only `valid` objects (bool or 0/1) are found: 0 there, NOT_STORED elsewhere. */
export function penaltyOf(valid: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.sub(1, tf.cast(valid, 'float32')), NOT_STORED));
}
