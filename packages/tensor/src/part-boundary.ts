import * as tf from '@tensorflow/tfjs-core';
import { runFused } from './fused-kernel.js';

/**
 * x itself, as the end of one part of a network and the beginning of the next, forward and in the backward pass. Where a
 * backend captures graphs, it may cut there: parts of the same structure then share what is compiled for them. Elsewhere
 * this does nothing.
 */
export function partBoundary(x: tf.Tensor): tf.Tensor {
  const kernel = 'CriboPartBoundary';
  if (!tf.getKernel(kernel, tf.getBackend())) return x;
  const cut = (tensor: tf.Tensor) => runFused(kernel, { x: tensor })![0]!;
  return tf.customGrad((input) => ({ value: cut(input as tf.Tensor), gradFunc: (dy: tf.Tensor) => cut(dy) }))(x);
}
