import { partBoundary } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';

onBackends(['cpu', 'onnxruntime'], () => {
  it('changes neither values nor gradients, however many there are', async () => {
    const x = tf.tensor1d([1, -2, 3]);
    const before = tf.memory().numTensors;
    const f = (input: tf.Tensor) => {
      // Parts that also pass their input on, as the blocks of a transformer do.
      let y = input;
      for (let i = 0; i < 3; i++) {
        const part = partBoundary(y);
        y = tf.add(part, tf.mul(part, 0.5));
      }
      return tf.sum(tf.square(y));
    };
    const { value, grad } = tf.valueAndGrad(f)(x);
    // y = 1.5³ x.
    expect((await value.data())[0]).toBeCloseTo(1.5 ** 6 * 14, 3);
    expect(Array.from(await grad.data())).toEqual([1, -2, 3].map((v) => 2 * 1.5 ** 6 * v));
    tf.dispose([value, grad]);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

onBackends(['cpu'], () => {
  it('is nothing where the backend does not cut graphs', () => {
    const x = tf.scalar(1);
    expect(partBoundary(x)).toBe(x);
    x.dispose();
  });
});

onBackends(['onnxruntime'], () => {
  it('is a tensor of its own where the backend does: the input outlives it, and it outlives the input', async () => {
    const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    partBoundary(x).dispose();
    expect(Array.from(await x.data())).toEqual([1, 2]);
    const part = partBoundary(y);
    y.dispose();
    expect(Array.from(await part.data())).toEqual([3, 4]);
    tf.dispose([x, part]);
  });
});
