import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** The L2 norm of every gradient, scalars. */
export function gradientNorms(gradients: Params): Params {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [name, tf.sqrt(tf.sum(tf.square(gradient)))]),
    ),
  );
}

/** The L2 norm of all gradients together, from those of each: a scalar. */
export function globalNorm(norms: Params): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.sum<tf.Scalar>(tf.square(tf.stack(Object.values(norms))))));
}

/** A gradient of L2 norm `norm`, a scalar, scaled to one of at most `limit`: g · min(1, limit / (‖g‖ + 1e-6)). A new tensor. */
export function clipGradient(gradient: tf.Tensor, norm: tf.Tensor, limit: number): tf.Tensor {
  return tf.tidy(() => tf.mul(gradient, tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1)));
}
