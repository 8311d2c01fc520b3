import * as tf from '@tensorflow/tfjs-core';

/**
 * What the student has to predict: softmax((logits - center) / temperature) along the last axis. The teacher is a
 * constant of the losses, so nothing here is recorded on a gradient tape, which would keep every intermediate alive.
 *
 * @param logits `[2,...,D]` float32, view-major
 * @param center `[1,D]` float32
 * @returns `[2,...,D]` with the two views **exchanged**: every view is to be predicted from the other one
 */
export function exchangedTeacherDistribution(logits: tf.Tensor, center: tf.Tensor, temperature: number): tf.Tensor {
  const [views, dim] = [logits.shape[0]!, logits.shape.at(-1)!];
  return constant(() => {
    const exchanged = tf.reverse(tf.reshape(logits, [views, -1, dim]), 0);
    return tf.reshape(tf.softmax(tf.div(tf.sub(exchanged, center), temperature)), logits.shape);
  });
}

/** Runs `f` outside of every gradient tape. A custom gradient without inputs is how tfjs offers that. */
function constant(f: () => tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: tf.tidy(f), gradFunc: () => [] }))();
}
