import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The running mean of the teacher's logits: momentum · center + (1 - momentum) · mean of the rows. Subtracting it keeps
 * the teacher from preferring one output for everything. A step's losses use the center from before the update.
 *
 * @param center `[1,D]` float32
 * @param logits `[R,D]` float32: the teacher's logits, finite
 * @param mask `[R]` bool or 0/1: the rows that count; by default all. If none does, the center stays as it is.
 * @returns `[1,D]` float32, a new tensor
 * @throws if a shape does not fit
 */
export function updateCenter(center: tf.Tensor, logits: tf.Tensor, mask?: tf.Tensor, momentum = 0.9): tf.Tensor2D {
  checkShape('logits', logits, [null, null]);
  const [rows, dim] = logits.shape as [number, number];
  checkShape('center', center, [1, dim]);
  if (mask) checkShape('mask', mask, [rows]);
  return tf.tidy(() => {
    if (!mask) return blend(center, tf.mean(logits, 0, true), tf.scalar(1 - momentum));
    const present = tf.reshape(tf.cast(mask, 'float32'), [1, rows]) as tf.Tensor2D;
    const count = tf.sum(present);
    // A product with the mask reads the logits once and copies nothing.
    const mean = tf.div(tf.matMul(present, logits as tf.Tensor2D), tf.maximum(count, 1));
    return blend(center, mean, tf.mul(tf.minimum(count, 1), 1 - momentum));
  });
}

const blend = (from: tf.Tensor, to: tf.Tensor, share: tf.Tensor): tf.Tensor2D =>
  tf.add(tf.mul(from, tf.sub(1, share)), tf.mul(to, share));
