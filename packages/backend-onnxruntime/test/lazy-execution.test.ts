import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { values, withBackend } from './backend.js';

describe('lazy execution', () => {
  it('records ops and runs them once, when something is read', () =>
    withBackend(async (backend) => {
      const x = tf.tensor1d([1, 2, 3]);
      const y = tf.add(tf.mul(x, x), x);
      expect(backend.stats().runs).toBe(0);
      expect(await y.data()).toEqual(Float32Array.of(2, 6, 12));
      expect(backend.stats().runs).toBe(1);
      await y.data();
      expect(backend.stats().runs).toBe(1);
    }));

  it('delivers everything that is alive in one run, shared by concurrent reads', () =>
    withBackend(async (backend) => {
      const x = tf.tensor1d([1, 4, 9]);
      const [root, square] = [tf.sqrt(x), tf.square(x)];
      const [a, b] = await Promise.all([root.data(), square.data()]);
      expect([...a, ...b]).toEqual([1, 2, 3, 1, 16, 81]);
      const double = tf.mul(x, 2);
      const half = tf.mul(x, 0.5);
      await double.data();
      expect(half.dataSync()).toEqual(Float32Array.of(0.5, 2, 4.5));
      expect(backend.stats().runs).toBe(2);
    }));

  it('continues from values of an earlier run, also while a run is under way', () =>
    withBackend(async () => {
      const x = tf.tensor1d([1, 2]);
      const y = tf.add(x, 1);
      const first = y.data();
      const z = tf.mul(y, 10);
      const second = z.data();
      y.dispose();
      expect([...(await first), ...(await second)]).toEqual([2, 3, 20, 30]);
    }));

  it('computes a tensor that is disposed while it is being read', () =>
    withBackend(async () => {
      const y = tf.add(tf.scalar(1), 1);
      const read = y.data();
      y.dispose();
      expect(await read).toEqual(Float32Array.of(2));
    }));

  it('does not see changes made to an array after it became a tensor', () =>
    withBackend(async () => {
      const source = Float32Array.of(1, 2);
      const y = tf.mul(tf.tensor1d(source), 3);
      source.fill(0);
      expect(await y.data()).toEqual(Float32Array.of(3, 6));
    }));

  it('hands out copies, so that changing what was read changes no tensor', () =>
    withBackend(async () => {
      const y = tf.add(tf.tensor1d([1, 2]), 0);
      (await y.data()).fill(9);
      expect(await y.data()).toEqual(Float32Array.of(1, 2));
    }));

  it('says that pending values cannot be read synchronously; values on the host can', () =>
    withBackend(async () => {
      const x = tf.tensor1d([1, 2]);
      expect(x.dataSync()).toEqual(Float32Array.of(1, 2));
      expect(() => tf.add(x, 1).dataSync()).toThrow('computes asynchronously');
    }));

  it('measures time and profiles like any backend', () =>
    withBackend(async () => {
      const { kernelMs } = (await tf.time(() => tf.matMul(values([8, 8]), values([8, 8])))) as tf.TimingInfo;
      expect(kernelMs).toBeGreaterThan(0);
    }));
});
