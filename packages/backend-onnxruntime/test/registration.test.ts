import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { registerOnnxRuntimeBackend } from '../src/index.js';
import { withBackend } from './backend.js';

describe('registration', () => {
  it('allows several backends side by side, and moves data on the host between them', () =>
    withBackend(async (first) => {
      const x = tf.tensor1d([1, 2]);
      await withBackend(async (second) => {
        const y = tf.mul(x, 2);
        expect(await y.data()).toEqual(Float32Array.of(2, 4));
        expect([first.stats().runs, second.stats().runs]).toEqual([0, 1]);
      });
    }));

  it('refuses a name that is taken', () =>
    withBackend(async () => {
      await expect(registerOnnxRuntimeBackend({ name: tf.getBackend() })).rejects.toThrow('is already registered');
    }));

  it('runs on an injected ONNX Runtime', async () => {
    const ort = await import('onnxruntime-node');
    let created = 0;
    const counting = {
      Tensor: ort.Tensor,
      InferenceSession: {
        create: (model: Uint8Array, options?: object) => {
          created++;
          return ort.InferenceSession.create(model, options);
        },
      },
    };
    await withBackend(
      async () => {
        expect(await tf.add(tf.scalar(1), 1).data()).toEqual(Float32Array.of(2));
      },
      { ort: counting },
    );
    expect(created).toBe(1);
  });

  it('passes on why an execution provider is not available', () =>
    withBackend(
      async () => {
        await expect(tf.add(tf.scalar(1), 1).data()).rejects.toThrow(/no-such-provider/);
      },
      { executionProviders: ['no-such-provider'] },
    ));
});
