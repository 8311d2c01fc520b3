import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { poolObjects } from '../src/index.js';

onBackends(['cpu', 'onnxruntime'], () => {
  describe('poolObjects', () => {
    // Two views of one image with three tokens; object 0 = tokens 0 and 1 (view 1) or 2 (view 2), object 1 = the others.
    const assignment = () =>
      tf.tensor4d([
        [
          [
            [0.5, 0],
            [0.5, 0],
            [0, 1],
          ],
        ],
        [
          [
            [0, 0.5],
            [0, 0.5],
            [1, 0],
          ],
        ],
      ]);
    const tokens = () =>
      tf.tensor4d([
        [
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ],
        [
          [
            [1, 1],
            [3, 3],
            [7, 8],
          ],
        ],
      ]);

    it('is the mean of the tokens of every object', async () => {
      expect(await poolObjects(tokens(), assignment()).array()).toEqual([
        [
          [
            [2, 3],
            [5, 6],
          ],
        ],
        [
          [
            [7, 8],
            [2, 2],
          ],
        ],
      ]);
    });

    it('hands the gradient of an object to its tokens, by their weight', async () => {
      const upstream = tf.tensor4d([
        [
          [
            [1, 0],
            [0, 10],
          ],
        ],
        [
          [
            [2, 4],
            [6, 8],
          ],
        ],
      ]);
      const gradient = tf.grad((t) => poolObjects(t, assignment()))(tokens(), upstream);
      expect(await gradient.array()).toEqual([
        [
          [
            [0.5, 0],
            [0.5, 0],
            [0, 10],
          ],
        ],
        [
          [
            [3, 4],
            [3, 4],
            [2, 4],
          ],
        ],
      ]);
    });
  });
});

onBackends(['cpu'], () => {
  describe('poolObjects with arguments that do not fit', () => {
    it('names the assignment', () => {
      expect(() => poolObjects(tf.zeros([2, 1, 4, 3]), tf.zeros([2, 1, 5, 2]))).toThrow('assignment');
    });
  });
});
