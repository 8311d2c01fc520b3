import { type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Grid } from '../upsample.js';
import { initialSlots, type LinearOptimizer, updated } from './head-optimizer.js';
import { linearHeadLogits } from './linear-head.js';
import { segmentationLoss } from './segmentation-loss.js';

/** A head in training: its parameters and what the optimizer remembers about them. */
export interface HeadTraining {
  readonly optimizer: LinearOptimizer;
  readonly weightDecay: number;
  head: Params;
  slots: Record<string, tf.Tensor[]>;
  /** Updates so far. */
  steps: number;
}

/** Takes over `head`; `disposeHeadTraining` frees it. */
export function startHeadTraining(head: Params, optimizer: LinearOptimizer, weightDecay: number): HeadTraining {
  const slots = Object.fromEntries(
    Object.entries(head).map(([name, parameter]) => [name, initialSlots(optimizer, parameter)]),
  );
  return { optimizer, weightDecay, head, slots, steps: 0 };
}

/**
 * One update of a linear head on the features of a frozen network.
 * @param features float32 [B, N, d] patch tokens
 * @param grid patches of one image, rows · columns = N
 * @param labels int32 [B, H, W] pixel labels, 255 where ignored
 * @returns float32 [], the loss before the update; it belongs to the caller
 */
export function linearHeadStep(
  training: HeadTraining,
  features: tf.Tensor,
  grid: Grid,
  labels: tf.Tensor,
  lr: number,
): tf.Scalar {
  const { optimizer, weightDecay, head, slots } = training;
  const { value, grads } = valueAndGrads((head) => {
    const logits = linearHeadLogits(head, features);
    return { loss: segmentationLoss(logits, grid, labels), aux: {} };
  }, head);
  const step = training.steps + 1;
  for (const [name, parameter] of Object.entries(head)) {
    const [next, ...averages] = tf.tidy(() =>
      updated(optimizer, parameter, grads[name]!, slots[name]!, { lr, weightDecay, step }),
    );
    tf.dispose([parameter, slots[name]!]);
    head[name] = next!;
    slots[name] = averages;
  }
  tf.dispose(grads);
  training.steps = step;
  return value;
}

/** Frees the head and the optimizer's memory. */
export function disposeHeadTraining({ head, slots }: HeadTraining): void {
  tf.dispose([head, slots]);
}
