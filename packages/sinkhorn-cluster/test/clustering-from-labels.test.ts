import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { clusteringFromLabels, poolObjects } from '../src/index.js';

onBackends(['cpu', 'onnxruntime', 'wasm'], () => {
  describe('objects that are given', () => {
    // One image, three tokens per view, room for three objects: 0 is in both views, 1 in the first only, 2 nowhere.
    const labels = () => tf.tensor2d([[0, 0, 1, -1, 0, 3]], [1, 6], 'int32');

    it('take the tokens of their label, and are valid in both views alone', async () => {
      const { assignment, valid, labels: kept } = clusteringFromLabels(labels(), 3);
      expect(await assignment.array()).toEqual([
        [
          [
            [0.5, 0, 0],
            [0.5, 0, 0],
            [0, 1, 0],
          ],
        ],
        [
          [
            [0, 0, 0],
            [1, 0, 0],
            [0, 0, 0],
          ],
        ],
      ]);
      expect([...(await valid.data())]).toEqual([1, 0, 0]);
      expect([...(await kept.data())]).toEqual([0, 0, 1, -1, 0, 3]);
    });

    it('pool to the means of their tokens', async () => {
      const tokens = tf.tensor4d([1, 3, 5, 7, 9, 11], [2, 1, 3, 1]);
      const objects = poolObjects(tokens, clusteringFromLabels(labels(), 3).assignment);
      expect([...(await objects.data())]).toEqual([2, 5, 0, 9, 0, 0]);
    });

    it('leave no tensors but the result', () => {
      const given = labels();
      const before = tf.memory().numTensors;
      tf.dispose(clusteringFromLabels(given, 3) as tf.TensorContainer);
      expect(tf.memory().numTensors).toBe(before);
      given.dispose();
    });

    it('name what does not fit', () => {
      expect(() => clusteringFromLabels(tf.zeros([1, 5], 'int32'), 3)).toThrow(/labels: got 5 tokens per image/);
      expect(() => clusteringFromLabels(tf.zeros([5], 'int32'), 3)).toThrow(/labels/);
      expect(() => clusteringFromLabels(labels(), 0)).toThrow(/clusters: got 0, expected a positive whole number/);
    });
  });
});
