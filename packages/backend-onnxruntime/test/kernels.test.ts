import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { distance, onBoth, values, withBackend } from './backend.js';

const int = (shape: number[], seed: number, low: number, high: number) =>
  tf.cast(tf.floor(tf.add(tf.mul(tf.add(values(shape, seed), 1), (high - low) / 2.0001), low)), 'int32');

const cases: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'matrix products with transposes and broadcast batches': () => [
    tf.matMul(values([2, 3, 4, 5]), values([1, 6, 5], 2), false, true),
    tf.matMul(values([2, 3, 4, 5]), values([2, 3, 6, 5], 2), false, true),
    tf.matMul(values([5, 4]), values([5, 6], 2), true, false),
    tf.matMul(values([3, 5, 4]), values([6, 5], 2), true, true),
  ],
  'fused product, bias and activation': () =>
    tf.fused.matMul({
      a: values([3, 4]) as tf.Tensor2D,
      b: values([4, 5], 2) as tf.Tensor2D,
      bias: values([5], 3),
      activation: 'relu',
    }),
  'integer division and remainder with signs and zero': () => [
    tf.floorDiv(int([40], 1, -9, 9), int([40], 2, -3, 3)),
    tf.mod(int([40], 1, -9, 9), int([40], 2, 1, 3)),
    tf.mod(tf.mul(values([40]), 9), tf.mul(values([40], 2), 3)),
  ],
  'a column and a single number of lower rank, either way round': () =>
    tf.sub(tf.mul(values([5, 1]), tf.sum(values([3]))), tf.sub(2, values([5, 1]))),
  'quadrants of atan2': () => tf.atan2(tf.tensor1d([0, 1, -1, 1, -1, 0, 0]), tf.tensor1d([0, 0, 0, -2, -2, -1, 1])),
  reductions: () => [
    tf.sum(values([2, 3, 4]), [0, 2]),
    tf.mean(int([3, 4], 1, 0, 9), 1, true),
    tf.max(
      tf.tensor2d([
        [1, Number.NaN],
        [3, 2],
      ]),
      1,
    ),
    tf.argMax(
      tf.tensor2d([
        [1, Number.NaN, 5, 5],
        [3, 2, 1, 0],
      ]),
      1,
    ),
    tf.prod(values([3, 2]), 0),
    tf.any(tf.greater(values([3, 2]), 0.5), 1),
  ],
  'cumulative sums and products': () => [
    tf.cumsum(values([3, 5]), 1, true, true),
    tf.cumprod(values([3, 5]), 1, true),
    tf.cumprod(values([3, 5]), 0, false, true),
  ],
  'gathering and scattering': () => [
    tf.gather(values([4, 5]), int([6], 1, 0, 4), 1),
    tf.gather(values([2, 4, 5]), int([2, 3], 1, 0, 4), 2, 1),
    tf.gatherND(
      values([4, 5]),
      tf.tensor2d(
        [
          [0, 1],
          [3, 4],
        ],
        [2, 2],
        'int32',
      ),
    ),
    tf.scatterND(tf.tensor2d([[0], [2], [0]], [3, 1], 'int32'), values([3, 4]), [3, 4]),
    tf.unsortedSegmentSum(values([5, 2]), tf.tensor1d([0, 2, -1, 0, 7], 'int32'), 3),
    tf.oneHot(tf.tensor1d([0, 3, -1, 9], 'int32'), 4),
  ],
  choices: () => [
    tf.where(tf.greater(values([3, 1]), 0), values([3, 4], 2), values([3, 4], 3)),
    tf.logicalAnd(tf.greater(values([3, 4]), 0), tf.less(values([4], 2), 0)),
    ...Object.values(tf.topk(values([3, 9]), 4)),
  ],
  'cutting and joining': () => [
    tf.concat([values([2, 3]), values([2, 1], 2)], 1),
    ...tf.split(values([4, 6]), [1, 2, 3], 1),
    tf.stack([values([2, 3]), values([2, 3], 2)], 1),
    tf.stridedSlice(values([6, 6]), [5, 1], [0, 6], [-2, 2]),
    tf.mirrorPad(
      values([3, 4]),
      [
        [1, 2],
        [2, 0],
      ],
      'symmetric',
    ),
    tf.reverse(values([3, 4]), 1),
  ],
  'bilinear resizing': () => tf.image.resizeBilinear(values([2, 5, 4, 3]) as tf.Tensor4D, [7, 9], false, true),
};

describe('kernels agree with the reference backend', () => {
  for (const [name, program] of Object.entries(cases)) {
    it(name, async () => {
      const { expected, actual } = await onBoth(program);
      expected.forEach((array, i) => {
        expect(distance(actual[i]!, array), `result ${i}`).toBeLessThan(2e-6);
      });
    });
  }
});

it('products broadcast batches on either side', () =>
  withBackend(async () => {
    const a = values([2, 3, 5, 4]);
    const b = values([2, 1, 6, 5], 2);
    const repeated = tf.tile(b, [1, 3, 1, 1]);
    const broadcast = [tf.matMul(a, b, true, true), tf.matMul(b, a), tf.matMul(b, tf.tile(a, [1, 1, 1, 2]))];
    const explicit = [
      tf.matMul(a, repeated, true, true),
      tf.matMul(repeated, a),
      tf.matMul(repeated, tf.tile(a, [1, 1, 1, 2])),
    ];
    for (const [i, tensor] of broadcast.entries()) {
      expect(distance(await tensor.data(), await explicit[i]!.data()), `product ${i}`).toBeLessThan(2e-6);
    }
  }));

describe('what is not offered', () => {
  it('throws the name of a missing kernel and of the backend', () =>
    withBackend(async () => {
      expect(() => tf.unique(tf.tensor1d([1, 1]))).toThrow(
        /Kernel 'Unique' not registered for backend 'onnxruntime-test/,
      );
    }));

  it('names an unsupported dtype', () =>
    withBackend(async () => {
      expect(() => tf.tensor1d(['a'])).toThrow('does not support the dtype string');
      expect(() => tf.cast(values([2]), 'complex64')).toThrow(/complex64|Complex/);
    }));

  it('reports an index outside of an array instead of reading elsewhere', () =>
    withBackend(async () => {
      expect(() => tf.gather(values([3]), tf.tensor1d([3], 'int32'))).toThrow('is not in [0, 2]');
      const pending = tf.gather(values([3]), tf.add(tf.tensor1d([3], 'int32'), tf.scalar(1, 'int32')));
      await expect(pending.data()).rejects.toThrow('ONNX Runtime failed');
      await expect(tf.add(pending, 1).data()).rejects.toThrow('ONNX Runtime failed');
      expect(await tf.add(values([1]), 0).data()).toHaveLength(1);
    }));
});
