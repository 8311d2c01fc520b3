import * as tf from '@tensorflow/tfjs-core';
import { Optimizer } from './optimizer.js';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * AdamW (Loshchilov & Hutter, 2019) with decoupled weight decay and a step count per parameter:
 *
 *     p ← (1 − lr·wd) p − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 */
export class AdamW extends Optimizer {
  constructor() {
    super(['m', 'v']);
  }

  protected override next(
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    [m, v]: [tf.Tensor, tf.Tensor],
    { lr, weightDecay, step }: { lr: number; weightDecay: number; step: number },
  ): tf.Tensor[] {
    const nextM = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
    const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    // Both sides of the fraction times √(1 − β₂ᵗ), which saves a pass over the parameter.
    const root = Math.sqrt(1 - beta2 ** step);
    const denominator = tf.add(tf.sqrt(nextV), epsilon * root);
    const change = tf.div(tf.mul(nextM, (lr * root) / (1 - beta1 ** step)), denominator);
    return [tf.sub(tf.mul(parameter, 1 - lr * weightDecay), change), nextM, nextV];
  }
}
