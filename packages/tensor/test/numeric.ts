import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** A float64 array with a shape; what the brute-force references compute on. */
export interface Array64 {
  shape: number[];
  data: Float64Array;
}

/** Normally distributed values, rounded to float32 so that tensor and reference start from the same numbers. */
export function random(shape: number[], label: string, scale = 1): Array64 {
  const rng = Generator.fromSeed(7).split(label);
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float64Array.from({ length: size }, () => Math.fround(rng.normal(0, scale))) };
}

export const toTensor = ({ shape, data }: Array64): tf.Tensor => tf.tensor(Float32Array.from(data), shape);

/** Central differences of Σ f(inputs) · cotangent, in float64. */
export function finiteDifferences(
  f: (inputs: Float64Array[]) => Float64Array,
  inputs: readonly Array64[],
  cotangent: Float64Array,
): Float64Array[] {
  const step = 1e-5;
  const arrays = inputs.map(({ data }) => data.slice());
  const objective = () => f(arrays).reduce((sum, y, i) => sum + y * cotangent[i]!, 0);
  return arrays.map((array) =>
    array.map((x, i) => {
      array[i] = x + step;
      const above = objective();
      array[i] = x - step;
      const below = objective();
      array[i] = x;
      return (above - below) / (2 * step);
    }),
  );
}

/** Asserts |actual − expected| ≤ tolerance · max(1, max |expected|), entry by entry. */
export async function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance: number, what = '') {
  const values = await actual.data();
  expect(values.length, what).toBe(expected.length);
  let [worst, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    // A NaN must not slip through the maximum.
    const error = Math.abs(values[i]! - expected[i]!);
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  expect(worst / scale, what).toBeLessThanOrEqual(tolerance);
}

/** One differentiable op under test, next to what it should compute. */
export interface OpCase {
  op: (inputs: tf.Tensor[]) => tf.Tensor;
  /** The same by loops in float64. */
  reference: (inputs: Float64Array[]) => Float64Array;
  /** The same composed of TensorFlow.js ops, differentiated by TensorFlow.js. */
  composed: (inputs: tf.Tensor[]) => tf.Tensor;
  inputs: Array64[];
}

/**
 * Asserts that an op's value equals the float64 reference, that its gradients equal finite differences of it and the
 * gradients TensorFlow.js derives by itself, and that nothing but the results stays allocated.
 */
export async function expectOp({ op, reference, composed, inputs }: OpCase): Promise<void> {
  const tensors = inputs.map(toTensor);
  const before = tf.memory().numTensors;
  const value = op(tensors);
  expect(tf.memory().numTensors - before, 'tensors of the forward pass').toBe(1);
  await expectClose(value, reference(inputs.map(({ data }) => data)), 2e-6, 'value');

  const cotangent = random(value.shape, 'cotangent');
  const dy = toTensor(cotangent);
  // Value and gradients of one pass, as in training.
  const { value: sameValue, grads } = tf.valueAndGrads((...xs) => op(xs))(tensors, dy);
  expect(tf.memory().numTensors - before, 'tensors with gradients').toBe(3 + inputs.length);
  const composedGrads = tf.grads((...xs) => composed(xs))(tensors, dy);
  const numeric = finiteDifferences(reference, inputs, cotangent.data);
  for (let i = 0; i < inputs.length; i++) {
    expect(grads[i]!.shape).toEqual(inputs[i]!.shape);
    await expectClose(grads[i]!, numeric[i]!, 5e-6, `gradient ${i} against finite differences`);
    await expectClose(grads[i]!, await composedGrads[i]!.data(), 5e-6, `gradient ${i} against TensorFlow.js`);
  }
  tf.dispose([tensors, value, sameValue, dy, grads, composedGrads]);
}
