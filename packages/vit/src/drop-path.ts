import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Stochastic depth (Huang et al., 2016): a residual branch x [B, …] is zeroed for each sample with probability `rate`
 * and divided by 1 − rate for the others. The draws enter as data, so a captured graph stays the same.
 */
export function dropPath(x: tf.Tensor, rate: number, rng: Generator | undefined): tf.Tensor {
  if (rng === undefined || rate === 0) return x;
  const batch = x.shape[0]!;
  const keep = Float32Array.from({ length: batch }, () => (rng.bernoulli(rate) ? 0 : 1 / (1 - rate)));
  return tf.tidy(() => tf.mul(x, tf.tensor(keep, [batch, ...x.shape.slice(1).map(() => 1)])));
}
