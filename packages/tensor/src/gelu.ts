import * as tf from '@tensorflow/tfjs-core';
import { runFused } from './fused-kernel.js';

const inverseSqrt2 = Math.SQRT1_2;
const inverseSqrt2Pi = 1 / Math.sqrt(2 * Math.PI);

/**
 * The exact Gaussian error linear unit, x · Φ(x) with Φ(x) = (1 + erf(x/√2)) / 2.
 * Gradient: dy · (Φ(x) + x · exp(−x²/2) / √(2π)).
 *
 * @param x float32, any shape
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    (save as (tensors: tf.Tensor[]) => void)([x]);
    const value = runFused('CriboGelu', { x })?.[0] ?? tf.mul(x, normalCdf(x));
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => geluBackward(saved[0]!, dy).dx };
  });
  return op(x);
}

/** The gradient of {@link gelu}, and gelu(x) once more, which costs one multiplication beside it. */
export function geluBackward(x: tf.Tensor, dy: tf.Tensor): { dx: tf.Tensor; value: tf.Tensor } {
  const fused = runFused('CriboGeluGrad', { x, dy });
  if (fused) return { dx: fused[0]!, value: fused[1]! };
  const cdf = normalCdf(x);
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), inverseSqrt2Pi);
  return { dx: tf.mul(dy, tf.add(cdf, tf.mul(x, density))), value: tf.mul(x, cdf) };
}

const normalCdf = (x: tf.Tensor) => tf.mul(tf.add(tf.erf(tf.mul(x, inverseSqrt2)), 1), 0.5);
