import { Generator, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type HeadConfig, initProjectionHead, projectionHeadForward } from '../src/index.js';
import { weightNorm } from '../src/weight-norm.js';
import { expectCloseTo } from './compare.js';

const config: HeadConfig = {
  inDim: 5,
  hiddenDim: 7,
  bottleneckDim: 4,
  outDim: 6,
  objectOutDim: 3,
  normLastLayer: false,
};
const uniform = (label: string, shape: number[]) => Generator.fromSeed(1).split(label).uniformTensor(shape);

onBackends(['cpu', 'onnxruntime'], () => {
  describe('weightNorm', () => {
    it('scales the columns to their gains', async () => {
      const [direction, gain] = [tf.tensor2d([3, 0, 4, -2], [2, 2]), tf.tensor2d([10, 5], [2, 1])];
      await expectCloseTo(weightNorm(direction), [0.6, 0, 0.8, -1], 1e-6);
      await expectCloseTo(weightNorm(direction, gain), [6, 0, 8, -5], 1e-6);
    });

    it('has the gradients TensorFlow.js derives from the formula, and keeps nothing', async () => {
      const composed = (v: tf.Tensor, g: tf.Tensor) =>
        tf.mul(tf.div(v, tf.norm(v, 'euclidean', 0)), tf.reshape(g, [-1])) as tf.Tensor;
      const [v, g, dy] = [uniform('v', [4, 6]), uniform('g', [6, 1]), uniform('dy', [4, 6])];
      const expected = tf.grads(composed)([v, g], dy);
      const before = tf.memory().numTensors;
      const actual = tf.grads((v, g) => weightNorm(v, g))([v, g], dy);
      expect(tf.memory().numTensors - before).toBe(2);
      await expectCloseTo(actual[0]!, await expected[0]!.data(), 1e-6, 'direction');
      await expectCloseTo(actual[1]!, await expected[1]!.data(), 1e-6, 'gain');
      const unit = tf.grad((v) => composed(v, tf.ones([6, 1])))(v, dy);
      await expectCloseTo(tf.grad((v) => weightNorm(v))(v, dy), await unit.data(), 1e-6, 'fixed gain');
    });
  });

  describe('projectionHeadForward', () => {
    it('gives cosines, times the gains, with either output layer', async () => {
      const params = initProjectionHead(config, Generator.fromSeed(0));
      const x = uniform('x', [8, 5]);
      for (const [output, width, layer] of [
        ['global', 6, 'last_layer'],
        ['object', 3, 'last_layer_c'],
      ] as const) {
        const logits = projectionHeadForward(params, config, x, output);
        expect(logits.shape).toEqual([8, width]);
        expect(Math.max(...(await logits.data()).map(Math.abs))).toBeLessThanOrEqual(1 + 1e-6);
        const louder = { ...params, [`${layer}.weight_g`]: tf.fill([width, 1], 3) };
        const tripled = (await logits.data()).map((logit) => 3 * logit);
        await expectCloseTo(projectionHeadForward(louder, config, x, output), tripled, 1e-6);
      }
    });

    it('reaches the trunk and its own output layer, and the gains unless they are fixed', () => {
      const params = initProjectionHead(config, Generator.fromSeed(0));
      const reached = (normLastLayer: boolean) => {
        const head = { ...config, normLastLayer };
        const { value, grads } = valueAndGrads((p) => {
          const logits = projectionHeadForward(p, head, uniform('x', [2, 5]), 'object');
          return { loss: tf.sum(tf.square(logits)), aux: {} };
        }, params);
        tf.dispose([value, grads]);
        return Object.keys(grads);
      };
      const trunk = Object.keys(params).filter((name) => name.startsWith('mlp.'));
      expect(reached(true)).toEqual([...trunk, 'last_layer_c.weight_v']);
      expect(reached(false)).toEqual([...trunk, 'last_layer_c.weight_v', 'last_layer_c.weight_g']);
    });

    it('names an input that does not fit', () => {
      const params = initProjectionHead(config, Generator.fromSeed(0));
      expect(() => projectionHeadForward(params, config, tf.zeros([2, 4]), 'global')).toThrow(
        'x: got shape [2, 4], wanted [*, 5]',
      );
    });
  });
});
