import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a kernel that the current backend offers beyond those of TensorFlow.js, such as `CriboGelu`;
 * undefined where it has none of that name, so that the caller composes the result from ordinary ops.
 */
export function runFused(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: Record<string, number> = {},
): tf.Tensor[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const result = tf.engine().runKernel(name, inputs, attributes) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}
