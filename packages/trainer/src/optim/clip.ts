import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** A gradient scaled to an L2 norm of at most `limit`: g · min(1, limit / (‖g‖ + 1e-6)). Returns a new tensor. */
export function clipGradient(gradient: tf.Tensor, limit: number): tf.Tensor {
  return tf.tidy(() => {
    const norm = tf.sqrt(tf.sum(tf.square(gradient)));
    return tf.mul(gradient, tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1));
  });
}

/** The L2 norm of all gradients together, a scalar. */
export function globalNorm(gradients: Params): tf.Scalar {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
    return tf.sqrt(tf.sum<tf.Scalar>(tf.stack(squares)));
  });
}
