import * as tf from '@tensorflow/tfjs-core';
import { runFused } from './fused-kernel.js';

/** The gradient of y = softmax(x) over the last axis: y · (dy − Σ y·dy). */
export function softmaxGradient(y: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const fused = runFused('CriboSoftmaxGrad', { y, dy });
  if (fused) return fused[0]!;
  return tf.mul(y, tf.sub(dy, tf.sum(tf.mul(y, dy), -1, true)));
}
