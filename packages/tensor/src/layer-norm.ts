import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { runFused } from './fused-kernel.js';

/**
 * Layer normalisation over the last axis: γ · (x − mean) / √(var + ε) + β with the biased variance.
 *
 * @param x float32 […, d]
 * @param gamma float32 [d]
 * @param beta float32 [d]
 * @throws Error if gamma or beta is not [d]
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon = 1e-6): tf.Tensor {
  const dim = x.shape.at(-1)!;
  checkShape('gamma', gamma, [dim]);
  checkShape('beta', beta, [dim]);
  const op = tf.customGrad((...args) => {
    const [x, gamma, beta] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const [value, mean, inverseStd] = normalize(x, gamma, beta, epsilon);
    save([x, gamma, mean, inverseStd]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(saved as Saved, dy) };
  });
  return op(x, gamma, beta);
}

type Saved = [x: tf.Tensor, gamma: tf.Tensor, mean: tf.Tensor, inverseStd: tf.Tensor];

function normalize(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const fused = runFused('CriboLayerNorm', { x, gamma, beta }, { epsilon });
  if (fused) return fused as [tf.Tensor, tf.Tensor, tf.Tensor];
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverseStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return [tf.add(tf.mul(tf.mul(centred, inverseStd), gamma), beta), mean, inverseStd];
}

/** With x̂ the normalised input and g = dy·γ: dx = (g − mean(g) − x̂ · mean(g·x̂)) / std, dγ = Σ dy·x̂, dβ = Σ dy. */
function gradients([x, gamma, mean, inverseStd]: Saved, dy: tf.Tensor): tf.Tensor[] {
  const fused = runFused('CriboLayerNormGrad', { x, gamma, mean, invStd: inverseStd, dy });
  if (fused) return fused;
  const normalized = tf.mul(tf.sub(x, mean), inverseStd);
  const g = tf.mul(dy, gamma);
  const projection = tf.mul(normalized, tf.mean(tf.mul(g, normalized), -1, true));
  const dx = tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), projection), inverseStd);
  const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  return [dx, tf.sum(tf.mul(dy, normalized), rows), tf.sum(dy, rows)];
}
