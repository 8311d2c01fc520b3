import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { applyGradients, startTraining, type Training } from '../training/training.js';

/** Starts training a detector by AdamW; takes over `params`. */
export const startYolosTraining = (params: Params, weightDecay: number): Training =>
  startTraining(params, 'adamw', (name, { rank }) => (isDecayed(name, rank) ? weightDecay : 0));

/**
 * One update; the gradients are taken over.
 * @param clipNorm gradients are scaled together to a norm of at most this
 */
export function updateYolos(
  training: Training,
  gradients: Params,
  { lr, clipNorm }: { readonly lr: number; readonly clipNorm: number },
): void {
  const clipped = tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
    const factor = tf.minimum(tf.div(clipNorm, tf.add(tf.sqrt(tf.addN(squares)), 1e-6)), 1);
    return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
  });
  tf.dispose(gradients);
  applyGradients(training, clipped, lr);
}

/** As in YOLOS: everything in the heads, and in the rest all but biases, norms, tokens and position embeddings. */
function isDecayed(name: string, rank: number): boolean {
  if (name.startsWith('class_embed.') || name.startsWith('bbox_embed.')) return true;
  return rank > 1 && !/(^|\.)(cls_token|pos_embed|det_token|det_pos_embed)$/.test(name);
}
