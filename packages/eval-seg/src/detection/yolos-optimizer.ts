import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { initialSlots, updated } from '../segmentation/update-rule.js';

/** A detector in training: its parameters and AdamW's memory. */
export interface YolosTraining {
  params: Params;
  slots: Record<string, tf.Tensor[]>;
  /** Updates so far. */
  steps: number;
}

export interface YolosUpdate {
  readonly lr: number;
  readonly weightDecay: number;
  /** Gradients are scaled together to a norm of at most this. */
  readonly clipNorm: number;
}

/** Takes over `params`. */
export function startYolosTraining(params: Params): YolosTraining {
  const slots = Object.fromEntries(
    Object.entries(params).map(([name, parameter]) => [name, initialSlots('adamw', parameter)]),
  );
  return { params, slots, steps: 0 };
}

/** One update by AdamW; the gradients stay the caller's. */
export function updateYolos(
  training: YolosTraining,
  gradients: Params,
  { lr, weightDecay, clipNorm }: YolosUpdate,
): void {
  const { params, slots } = training;
  const step = training.steps + 1;
  const factor = tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
    return tf.minimum(tf.div(clipNorm, tf.add(tf.sqrt(tf.addN(squares)), 1e-6)), 1);
  });
  for (const [name, gradient] of Object.entries(gradients)) {
    const parameter = params[name]!;
    const decay = isDecayed(name, parameter.rank) ? weightDecay : 0;
    const [next, ...averages] = tf.tidy(() =>
      updated('adamw', parameter, tf.mul(gradient, factor), slots[name]!, { lr, weightDecay: decay, step }),
    );
    tf.dispose([parameter, slots[name]!]);
    params[name] = next!;
    slots[name] = averages;
  }
  factor.dispose();
  training.steps = step;
}

/** As in YOLOS: everything in the heads, and in the rest all but biases, norms, tokens and position embeddings. */
function isDecayed(name: string, rank: number): boolean {
  if (name.startsWith('class_embed.') || name.startsWith('bbox_embed.')) return true;
  return rank > 1 && !/(^|\.)(cls_token|pos_embed|det_token|det_pos_embed)$/.test(name);
}
