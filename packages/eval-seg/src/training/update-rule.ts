import * as tf from '@tensorflow/tfjs-core';

/**
 * `adam`: weight decay is added to the gradient (the authors' code); `adamw`: it is decoupled; `sgd`: momentum 0.9, weight
 * decay added to the gradient.
 */
export type UpdateRule = 'adam' | 'adamw' | 'sgd';

/** Moving averages that each rule keeps per parameter. */
const slotCounts: Record<UpdateRule, number> = { adam: 2, adamw: 2, sgd: 1 };

export interface UpdateOptions {
  readonly lr: number;
  readonly weightDecay: number;
  /** Updates so far, this one included. */
  readonly step: number;
}

/** The zeros that a parameter's moving averages start from. */
export function initialSlots(rule: UpdateRule, parameter: tf.Tensor): tf.Tensor[] {
  return Array.from({ length: slotCounts[rule] }, () => tf.zerosLike(parameter));
}

/** The next value of a parameter, followed by its moving averages; the caller disposes what they replace. */
export function updated(
  rule: UpdateRule,
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  slots: readonly tf.Tensor[],
  options: UpdateOptions,
): tf.Tensor[] {
  const { lr, weightDecay } = options;
  if (rule === 'adamw') {
    const [change, ...averages] = adamChange(gradient, slots, options);
    return [tf.sub(tf.mul(parameter, 1 - lr * weightDecay), change!), ...averages];
  }
  const decayed = tf.add(gradient, tf.mul(parameter, weightDecay));
  if (rule === 'adam') {
    const [change, ...averages] = adamChange(decayed, slots, options);
    return [tf.sub(parameter, change!), ...averages];
  }
  const velocity = tf.add(tf.mul(slots[0]!, 0.9), decayed);
  return [tf.sub(parameter, tf.mul(velocity, lr)), velocity];
}

/** lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), then m and v; β₁ = 0.9, β₂ = 0.999, ε = 1e-8. */
function adamChange(gradient: tf.Tensor, slots: readonly tf.Tensor[], { lr, step }: UpdateOptions): tf.Tensor[] {
  const m = tf.add(tf.mul(slots[0]!, 0.9), tf.mul(gradient, 0.1));
  const v = tf.add(tf.mul(slots[1]!, 0.999), tf.mul(tf.square(gradient), 0.001));
  const denominator = tf.add(tf.mul(tf.sqrt(v), 1 / Math.sqrt(1 - 0.999 ** step)), 1e-8);
  return [tf.mul(tf.div(m, denominator), lr / (1 - 0.9 ** step)), m, v];
}
