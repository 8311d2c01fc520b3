import type { Retrieval } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type PairMasks, positivePairs } from '../src/positive-pairs.js';

onBackends(['cpu', 'onnxruntime'], () => {
  // One image of four objects; the last one is not valid, so nothing was retrieved for it.
  const bool = (values: number[]) => tf.tensor2d([values], [1, 4], 'bool');
  const retrieval = () =>
    ({
      mask: bool([1, 1, 0, 0]),
      mask2: bool([1, 0, 0, 0]),
      index: tf.tensor2d([[0, 5, 9, -1]], [1, 4], 'int32'),
      index2: tf.tensor2d([[3, 0, 2, -1]], [1, 4], 'int32'),
    }) as Retrieval;
  const sameClass = (): PairMasks => [bool([0, 1, 1, 0]), bool([1, 0, 1, 0])];

  it.each([
    ['cycle', [1, 1, 0, 0], [1, 0, 0, 0]],
    ['none', [1, 1, 1, 0], [1, 1, 1, 0]],
    ['cycle-min', [1, 0, 0, 0], [1, 0, 0, 0]],
    ['cycle-max', [1, 1, 0, 0], [1, 1, 0, 0]],
    ['cycle-avg', [1, 0.5, 0, 0], [1, 0.5, 0, 0]],
    ['labels', [0, 1, 1, 0], [1, 0, 1, 0]],
  ] as const)('criterion %s', async (criterion, first, second) => {
    const pairs = positivePairs(retrieval(), criterion, sameClass());
    expect(await Promise.all(pairs.map(async (pair) => [...(await pair.data())]))).toEqual([first, second]);
  });

  it('labels need the classes of the batch', () => {
    expect(() => positivePairs(retrieval(), 'labels')).toThrow(/expected the batch to have classes/);
  });
});
