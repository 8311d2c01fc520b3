import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { initialSlots, type UpdateRule, updated } from './update-rule.js';

/** Of all parameters, or of each by its name. */
export type WeightDecay = number | ((name: string, parameter: tf.Tensor) => number);

/** Parameters in training, and what the optimizer remembers about them. */
export interface Training {
  readonly optimizer: UpdateRule;
  readonly weightDecay: WeightDecay;
  readonly params: Params;
  /** The moving averages of every parameter. */
  readonly slots: Record<string, tf.Tensor[]>;
  /** Updates so far. */
  steps: number;
}

/** Takes over `params`; `disposeTraining` frees them. */
export function startTraining(params: Params, optimizer: UpdateRule, weightDecay: WeightDecay): Training {
  const slots = Object.fromEntries(
    Object.entries(params).map(([name, parameter]) => [name, initialSlots(optimizer, parameter)]),
  );
  return { optimizer, weightDecay, params, slots, steps: 0 };
}

/**
 * One update of every parameter that has a gradient, one after the other; the others are left alone. What is replaced is disposed
 * of, and so are the gradients.
 */
export function applyGradients(training: Training, grads: Params, lr: number): void {
  const { optimizer, params, slots } = training;
  const step = training.steps + 1;
  for (const [name, parameter] of Object.entries(params)) {
    const gradient = grads[name];
    if (gradient === undefined) continue;
    const weightDecay =
      typeof training.weightDecay === 'number' ? training.weightDecay : training.weightDecay(name, parameter);
    const [next, ...averages] = tf.tidy(() =>
      updated(optimizer, parameter, gradient, slots[name]!, { lr, weightDecay, step }),
    );
    tf.dispose([parameter, slots[name]!, gradient]);
    params[name] = next!;
    slots[name] = averages;
  }
  training.steps = step;
}

/** Frees the parameters and the optimizer's memory. */
export function disposeTraining({ params, slots }: Training): void {
  tf.dispose([params, slots]);
}
