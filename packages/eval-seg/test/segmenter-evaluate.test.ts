import { Generator, type Params } from '@cribo/tensor';
import { initVit, vitConfig } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  type EvaluateSegmenterOptions,
  evaluateSegmenter,
  type SegDataset,
  type SegmenterProgress,
} from '../src/index.js';
import { scenes } from './scenes.js';

/** Patches of 8 pixels; crops of 64 are larger than the images of its position embedding. */
const config = vitConfig('vit_tiny', { imageSize: 32, patchSize: 8, embedDim: 16, depth: 2, numHeads: 2 });

let params: Params;
const run = (options: Partial<EvaluateSegmenterOptions> = {}) =>
  evaluateSegmenter({
    backbone: { params, config },
    train: scenes('train', 6, 1, 32),
    val: scenes('val', 3, 2, 32),
    cropSize: 32,
    batchSize: 2,
    iterations: 2,
    decoderLayers: 1,
    learningRates: [0.003],
    ...options,
  });
const read = async (tensors: Params) =>
  Object.fromEntries(
    await Promise.all(Object.entries(tensors).map(async ([name, value]) => [name, (await value.data()).slice()])),
  ) as Record<string, Float32Array>;

const withBackbone = () => {
  beforeAll(() => {
    params = initVit(config, Generator.fromSeed(1));
  });
  afterAll(() => tf.dispose(params));
};

// Plain JavaScript takes a second for every one of these updates.
onBackends(['onnxruntime'], () => {
  withBackbone();

  describe('evaluateSegmenter', () => {
    it('learns scenes in which colour gives the class away, and reports plain data', async () => {
      const before = tf.memory().numTensors;
      const progress: SegmenterProgress[] = [];
      const result = await run({
        train: scenes('train', 12, 1, 64),
        val: scenes('val', 5, 2, 64),
        cropSize: 64,
        batchSize: 4,
        iterations: 40,
        learningRates: [1e-6, 0.003],
        classSubset: [1, 2, 3],
        onProgress: (now) => progress.push(now),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(result).toMatchObject({
        train: { name: 'train', images: 12 },
        val: { name: 'val', images: 5 },
        patchSize: 8,
        inference: 'slide',
        stride: 60,
        optimizer: 'adam',
        weightDecay: 0,
        dropPath: 0.1,
        decoder: { layers: 1, heads: 2, dim: 16 },
      });
      const [slow, fast] = result.runs;
      expect(result.best).toEqual(fast);
      // Calling everything ground gives a mean IoU below a quarter.
      expect(slow!.mIoU).toBeLessThan(0.4);
      expect(fast!.mIoU).toBeGreaterThan(0.7);
      expect(fast!.accuracy).toBeGreaterThan(0.9);
      expect(fast!.mIoUSubset).toBeCloseTo((fast!.iou[1]! + fast!.iou[2]! + fast!.iou[3]!) / 3, 12);

      const losses = (rate: number) =>
        progress.flatMap((now) => (now.phase === 'train' && now.learningRate === rate ? [now.loss] : []));
      expect(losses(0.003)).toHaveLength(40);
      expect(losses(0.003)[0]).toBe(losses(1e-6)[0]);
      expect(fast!.trainLoss).toBeLessThan(0.6 * losses(0.003)[0]!);
      const steps = progress.map(({ phase, learningRate, done, total }) => `${phase} ${learningRate} ${done}/${total}`);
      expect([steps[0], steps[39], steps[40], steps[44], steps[45], steps.at(-1)]).toEqual([
        'train 0.000001 1/40',
        'train 0.000001 40/40',
        'val 0.000001 1/5',
        'val 0.000001 5/5',
        'train 0.003 1/40',
        'val 0.003 5/5',
      ]);
    });
  });
});

onBackends(['cpu', 'onnxruntime'], () => {
  withBackbone();

  describe('evaluateSegmenter', () => {
    it('trains a copy of the backbone together with the decoder', async () => {
      const before = tf.memory().numTensors;
      const given = await read(params);
      let trained: Record<string, Float32Array> = {};
      const { runs } = await run({
        onTrained: async (tuned, summary) => {
          trained = await read(tuned);
          expect(summary.learningRate).toBe(0.003);
        },
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(await read(params)).toEqual(given);
      expect(runs).toHaveLength(1);
      const names = Object.keys(trained);
      expect(names.filter((name) => name.startsWith('backbone.'))).toEqual(
        Object.keys(given).map((name) => `backbone.${name}`),
      );
      expect(names.filter((name) => !name.startsWith('backbone.'))).toContain('decoder.layers.0.in_proj.weight');
      for (const [name, values] of Object.entries(given)) {
        // Adam moves every weight by about the learning rate.
        const moved = trained[`backbone.${name}`]!.map((value, i) => Math.abs(value - values[i]!));
        expect(Math.max(...moved)).toBeGreaterThan(1e-3);
        expect(Math.max(...moved)).toBeLessThan(0.01);
      }
    });

    it('leaves alone what the network does not use, such as the head of a checkpoint', async () => {
      const before = tf.memory().numTensors;
      const head = tf.ones([16, 4]);
      const { runs } = await run();
      const more = await run({
        backbone: { params: { ...params, 'head.weight': head }, config },
        onTrained: async (tuned) => {
          expect(await tuned['backbone.head.weight']!.data()).toEqual(new Float32Array(64).fill(1));
        },
      });
      expect(more.runs).toEqual(runs);
      head.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('depends on the seed, not on how the rates are grouped', async () => {
      const rates = [0.001, 0.003];
      const { runs } = await run({ learningRates: rates });
      expect((await run({ learningRates: rates })).runs).toEqual(runs);
      expect((await run({ learningRates: [0.003] })).runs).toEqual([runs[1]]);
      const [other] = (await run({ learningRates: [0.003], seed: 1 })).runs;
      expect(other!.trainLoss).not.toBe(runs[1]!.trainLoss);
      const [whole] = (await run({ learningRates: [0.003], dropPath: 0 })).runs;
      expect(whole!.trainLoss).not.toBe(runs[1]!.trainLoss);
    });

    it('ends a training that diverges and goes on with the next rate', async () => {
      const before = tf.memory().numTensors;
      const steps: string[] = [];
      const { runs, best } = await run({
        optimizer: 'sgd',
        iterations: 4,
        learningRates: [1e38, 0.1],
        onProgress: ({ phase, learningRate, done }) => steps.push(`${phase} ${learningRate} ${done}`),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(runs[0]).toEqual({
        learningRate: 1e38,
        trainLoss: null,
        mIoU: null,
        accuracy: null,
        iou: [null, null, null, null],
      });
      expect(best).toEqual(runs[1]);
      expect(steps.filter((step) => step.includes('1e+38'))).toEqual(['train 1e+38 1', 'train 1e+38 2']);
      expect(steps.at(-1)).toBe('val 0.1 3');
    });

    it('fails on weights that are not finite, on a failing data set and on a failing caller, and leaves nothing behind', async () => {
      const before = tf.memory().numTensors;
      const bias = tf.fill(params['norm.bias']!.shape, Number.NaN);
      await expect(run({ backbone: { params: { ...params, 'norm.bias': bias }, config } })).rejects.toThrow(
        'backbone: the first loss is NaN, wanted finite weights',
      );
      bias.dispose();
      const broken: SegDataset = {
        ...scenes('broken', 3, 1),
        item: async (index) => {
          throw new Error(`/data/${index}.png: cannot be read`);
        },
      };
      await expect(run({ train: broken })).rejects.toThrow(/^\/data\/\d\.png: cannot be read$/);
      await expect(run({ val: broken })).rejects.toThrow(/^\/data\/\d\.png: cannot be read$/);
      const onTrained = async () => {
        throw new Error('the disk is full');
      };
      await expect(run({ onTrained })).rejects.toThrow('the disk is full');
      expect(tf.memory().numTensors).toBe(before);
    });

    it('says in one sentence what does not fit', async () => {
      const before = tf.memory().numTensors;
      for (const [options, sentence] of [
        [{ cropSize: 30 }, 'cropSize: got 30, wanted a multiple of the patch size 8'],
        [{ decoderLayers: 0 }, 'decoderLayers: got 0, wanted a positive whole number'],
        [{ dropPath: 1 }, 'dropPath: got 1, wanted a number from 0 to below 1'],
        [{ learningRates: [] }, 'learningRates: got [], wanted one or more positive numbers'],
        [{ classSubset: [4] }, 'classSubset: got 4, wanted class ids from 0 to 3'],
        [{ val: { ...scenes('val', 1, 1), length: 0 } }, 'val: got no images, wanted at least one'],
      ] as [Partial<EvaluateSegmenterOptions>, string][]) {
        await expect(run(options)).rejects.toThrow(sentence);
      }
      expect(tf.memory().numTensors).toBe(before);
    });

    it('names a parameter that the backbone lacks', async () => {
      const { 'norm.bias': _, ...incomplete } = params;
      await expect(run({ backbone: { params: incomplete, config } })).rejects.toThrow('params: got no "norm.bias"');
    });
  });
});
