import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { values, withBackend } from './backend.js';

describe('memory', () => {
  it('holds no tensors, data or nodes after steps that update parameters', () =>
    withBackend(async (backend) => {
      let weight = values([64, 64]);
      const counts: number[] = [];
      for (let step = 0; step < 4; step++) {
        const { next, loss } = tf.tidy(() => {
          const y = tf.tanh(tf.matMul(weight as tf.Tensor2D, weight as tf.Tensor2D));
          return { next: tf.sub(weight, tf.mul(y, 0.1)), loss: tf.mean(y) };
        });
        weight.dispose();
        weight = next;
        await loss.data();
        loss.dispose();
        counts.push(tf.memory().numTensors, backend.numDataIds(), backend.graph.size);
      }
      expect(counts.slice(3)).toEqual([...counts.slice(0, 3), ...counts.slice(0, 3), ...counts.slice(0, 3)]);
      expect(backend.graph.size).toBe(0);
    }));

  it('forgets nodes whose results nobody can reach, without any read', () =>
    withBackend(async (backend) => {
      const x = values([8, 8]);
      for (let i = 0; i < 50; i++)
        tf.tidy(() => void tf.unstack(tf.exp(tf.reshape(tf.matMul(x, x), [64])) as tf.Tensor1D));
      expect(backend.graph.size).toBe(0);
    }));

  it('keeps what a pending result needs after its inputs are disposed, and then releases it', () =>
    withBackend(async (backend) => {
      const x = values([4]);
      const y = tf.tidy(() => tf.mul(tf.square(x), 2));
      const expected = (await x.data()).map((v) => 2 * v * v);
      x.dispose();
      const actual = await y.data();
      actual.forEach((v, i) => {
        expect(v).toBeCloseTo(expected[i]!, 6);
      });
      y.dispose();
      expect(backend.numDataIds()).toBe(0);
    }));

  it('recycles the arrays of disposed results', () =>
    withBackend(async (backend) => {
      for (let i = 0; i < 5; i++) {
        const y = tf.add(tf.zeros([256, 256]), i);
        expect((await y.data())[7]).toBe(i);
        y.dispose();
      }
      expect(backend.stats().pooledBytes).toBeGreaterThan(0);
      expect(backend.stats().pooledBytes).toBeLessThanOrEqual(2 * 5 * 256 * 256 * 4);
    }));

  it('shares data between a tensor and its reshapes and clones', () =>
    withBackend(async (backend) => {
      const x = values([4, 4]);
      const views = [tf.reshape(x, [16]), tf.expandDims(x, 0), tf.clone(x), tf.cast(x, 'float32')];
      expect(backend.numDataIds()).toBe(1);
      x.dispose();
      expect((await views[0]!.data()).length).toBe(16);
      tf.dispose(views);
      expect(backend.numDataIds()).toBe(0);
    }));
});
