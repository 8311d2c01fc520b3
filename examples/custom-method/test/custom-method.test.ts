import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { train } from '../src/train.js';

onBackends(['onnxruntime'], () => {
  it('learns: the loss falls, and no tensors are left behind', async () => {
    const before = tf.memory().numTensors;
    const losses = await train(12);
    const mean = (part: number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
    expect(mean(losses.slice(-3))).toBeLessThan(0.9 * mean(losses.slice(0, 3)));
    expect(tf.memory().numTensors).toBe(before);
  });
});
