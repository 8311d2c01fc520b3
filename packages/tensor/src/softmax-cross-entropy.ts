import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';

/**
 * Cross-entropy of every row with a target distribution: −Σ_c targets · log softmax(logits).
 * Gradient to the logits alone: (softmax(logits) · Σ targets − targets) · dy. The targets are constants.
 *
 * @param logits float32 [R, C]
 * @param targets float32 [R, C], each row a distribution (or scaled)
 * @returns float32 [R]
 * @throws Error if the shapes differ
 */
export function softmaxCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor1D {
  checkShape('targets', targets, logits.shape);
  const op = tf.customGrad((input, save) => {
    const logits = input as tf.Tensor;
    const logProbabilities = tf.logSoftmax(logits);
    (save as (tensors: tf.Tensor[]) => void)([logProbabilities, targets]);
    return {
      value: tf.neg(tf.sum(tf.mul(targets, logProbabilities), -1)),
      gradFunc(dy: tf.Tensor, saved: tf.Tensor[]) {
        const [logProbabilities, targets] = saved as [tf.Tensor, tf.Tensor];
        const mass = tf.sum(targets, -1, true);
        const difference = tf.sub(tf.mul(tf.exp(logProbabilities), mass), targets);
        return tf.mul(difference, tf.expandDims(dy, -1));
      },
    };
  });
  return op(logits) as tf.Tensor1D;
}
