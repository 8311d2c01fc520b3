import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { sinkhorn } from '../src/index.js';
import { maxError } from './compare.js';

onBackends(['cpu', 'onnxruntime'], () => {
  const half = (shape: [number, number, number]) => tf.fill(shape, 0.5);

  it('meets both marginals after enough iterations', async () => {
    const cost = tf.tensor3d([
      [
        [0, 1],
        [0.3, 0.2],
        [0.9, 0.4],
      ],
    ]);
    const rows = tf.tensor3d([[[0.2], [0.3], [0.5]]]);
    const columns = tf.tensor3d([[[0.6, 0.4]]]);
    const plan = sinkhorn(cost, rows, columns, { lambda: 5, iterations: 100 });
    expect(maxError(await tf.sum(plan, 2).data(), [0.2, 0.3, 0.5])).toBeLessThan(1e-6);
    expect(maxError(await tf.sum(plan, 1).data(), [0.6, 0.4])).toBeLessThan(1e-6);
  });

  it('of a symmetric 2 × 2 problem has its closed form', async () => {
    const plan = sinkhorn(
      tf.tensor3d([
        [
          [0, 1],
          [1, 0],
        ],
      ]),
      half([1, 2, 1]),
      half([1, 1, 2]),
      { lambda: 1 },
    );
    const same = 0.5 / (1 + Math.exp(-1));
    expect(maxError(await plan.data(), [same, 0.5 - same, 0.5 - same, same])).toBeLessThan(1e-6);
  });

  it('replaces what is no number, where a row vanishes in float32', async () => {
    const plan = sinkhorn(
      tf.tensor3d([
        [
          [0, 0],
          [1, 1],
        ],
      ]),
      half([1, 2, 1]),
      half([1, 1, 2]),
      { lambda: 1000 },
    );
    const [, vanished] = (await plan.array())[0]!;
    expect(maxError(vanished!, [1e-8, 1e-8])).toBeLessThan(1e-14);
  });

  it('keeps nothing but its result', () => {
    const inputs = [tf.zeros([1, 2, 2]), half([1, 2, 1]), half([1, 1, 2])] as const;
    const before = tf.memory().numTensors;
    const plan = sinkhorn(...inputs);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([plan, ...inputs]);
  });
});

onBackends(['cpu'], () => {
  describe('sinkhorn with arguments that do not fit', () => {
    it('names the marginal', () => {
      const cost = tf.zeros([1, 3, 2]);
      expect(() => sinkhorn(cost, tf.ones([1, 2, 1]), tf.ones([1, 1, 2]))).toThrow('rowMarginal');
      expect(() => sinkhorn(cost, tf.ones([1, 3, 1]), tf.ones([1, 1, 3]))).toThrow('columnMarginal');
    });
  });
});
