import '@cribo/tensor';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { type OnnxRuntimeBackend, type OnnxRuntimeOptions, registerOnnxRuntimeBackend } from '../src/index.js';

let count = 0;

/** Registers a fresh backend under a name of its own, activates it, and removes it when `f` has ended. */
export async function withBackend<T>(
  f: (backend: OnnxRuntimeBackend) => Promise<T>,
  options: OnnxRuntimeOptions = {},
): Promise<T> {
  const name = `onnxruntime-test-${count++}`;
  const backend = await registerOnnxRuntimeBackend({ threads: 1, ...options, name });
  await tf.setBackend(name);
  try {
    return await f(backend);
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

/** Deterministic values between -1 and 1. */
export function values(shape: number[], seed = 1): tf.Tensor {
  let state = seed * 7919 + 17;
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
  return tf.tensor(data, shape);
}

/** What `f` returns on plain JavaScript's reference backend and on this one. */
export async function onBoth(
  f: () => tf.Tensor | tf.Tensor[],
  options: OnnxRuntimeOptions = {},
): Promise<{ expected: tf.TypedArray[]; actual: tf.TypedArray[] }> {
  await tf.setBackend('cpu');
  const expected = await evaluate(f);
  const actual = await withBackend(() => evaluate(f), options);
  return { expected, actual };
}

async function evaluate(f: () => tf.Tensor | tf.Tensor[]): Promise<tf.TypedArray[]> {
  const tensors = [tf.tidy(f)].flat() as tf.Tensor[];
  const data = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return data;
}

/** Largest absolute difference of two arrays; infinite if their lengths differ. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
