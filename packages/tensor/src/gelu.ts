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
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => geluGradient(saved[0]!, dy) };
  });
  return op(x);
}

function geluGradient(x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const fused = runFused('CriboGeluGrad', { x, dy });
  if (fused) return fused[0]!;
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), inverseSqrt2Pi);
  return tf.mul(dy, tf.add(normalCdf(x), tf.mul(x, density)));
}

const normalCdf = (x: tf.Tensor) => tf.mul(tf.add(tf.erf(tf.mul(x, inverseSqrt2)), 1), 0.5);
