import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type EvaluateLinearOptions, evaluateLinear, type SegDataset } from '../src/index.js';
import { colourModel } from './colour-model.js';
import { scenes } from './scenes.js';

const model = colourModel(4);
const settings = {
  model,
  patchSize: 4,
  cropSize: 32,
  batchSize: 4,
  iterations: 40,
  learningRates: [0.001, 0.3],
} satisfies Partial<EvaluateLinearOptions>;

/** Every image twice as wide as high: the scene and its mirror image side by side. */
function wide(dataset: SegDataset): SegDataset {
  return {
    ...dataset,
    async item(index) {
      const { id, image, mask } = await dataset.item(index);
      const { width, height } = mask;
      const mirrored = <T extends { data: Uint8Array }>(picture: T, channels: number): T => ({
        ...picture,
        width: 2 * width,
        data: Uint8Array.from({ length: 2 * width * height * channels }, (_, i) => {
          const [x, c] = [Math.floor(i / channels) % (2 * width), i % channels];
          const y = Math.floor(i / channels / (2 * width));
          return picture.data[(y * width + (x < width ? x : 2 * width - 1 - x)) * channels + c]!;
        }),
      });
      return { id, image: mirrored(image, 3), mask: mirrored(mask, 1) };
    },
  };
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('evaluateLinear', () => {
    it('learns scenes in which colour gives the class away, and reports plain data', async () => {
      const before = tf.memory().numTensors;
      const progress: string[] = [];
      const result = await evaluateLinear({
        ...settings,
        // Patches are a sixteenth of an image wide, so that those on the rim of a rectangle, which mix colours, are few.
        cropSize: 64,
        train: scenes('train', 12, 1, 64),
        val: wide(scenes('val', 5, 2, 64)),
        classSubset: [1, 2, 3],
        onProgress: (now) => {
          progress.push(`${now.phase} ${now.done}/${now.total}`);
          if (now.phase === 'train') expect(now.losses).toHaveLength(2);
        },
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect([progress[0], progress[39], progress[40], progress.at(-1)]).toEqual([
        'train 1/40',
        'train 40/40',
        'val 1/5',
        'val 5/5',
      ]);
      expect([result.train, result.val]).toEqual([
        { name: 'train', images: 12 },
        { name: 'val', images: 5 },
      ]);
      expect([result.featureDim, result.inference, result.stride]).toEqual([4, 'slide', 60]);
      const [slow, fast] = result.runs;
      expect(result.best).toEqual(fast);
      expect(fast!.mIoU).toBeGreaterThan(0.9);
      expect(fast!.accuracy).toBeGreaterThan(0.97);
      expect(fast!.mIoUSubset).toBeCloseTo((fast!.iou[1]! + fast!.iou[2]! + fast!.iou[3]!) / 3, 12);
      expect(slow!.mIoU).toBeLessThan(0.5);
      expect(fast!.trainLoss).toBeLessThan(slow!.trainLoss!);
    });

    it('depends on the seed, not on how the rates are grouped, and sees squares whole or by windows alike', async () => {
      const run = (options: Partial<EvaluateLinearOptions>) =>
        evaluateLinear({
          ...settings,
          train: scenes('train', 6, 1, 48),
          val: scenes('val', 4, 2, 48),
          iterations: 4,
          ...options,
        });
      const { runs } = await run({});
      expect((await run({})).runs).toEqual(runs);
      expect((await run({ learningRates: [0.3] })).runs).toEqual([runs[1]]);
      expect((await run({ seed: 1 })).runs).not.toEqual(runs);
      const whole = await run({ inference: 'whole' });
      expect(whole.runs).toEqual(runs);
      expect(whole.stride).toBeNull();
    });

    it('reports a rate that diverges instead of failing, and features that are not finite as an error', async () => {
      const sets = { train: scenes('train', 2, 1), val: scenes('val', 2, 2) };
      const short = { ...settings, ...sets, iterations: 20, optimizer: 'sgd' } as const;
      const result = await evaluateLinear({ ...short, learningRates: [1e38, 0.1] });
      expect(result.runs[0]).toEqual({
        learningRate: 1e38,
        trainLoss: null,
        mIoU: null,
        accuracy: null,
        iou: [null, null, null, null],
      });
      expect(result.best).toEqual(result.runs[1]);
      const before = tf.memory().numTensors;
      await expect(evaluateLinear({ ...short, model: (images) => tf.mul(model(images), Number.NaN) })).rejects.toThrow(
        'model: the first loss is NaN, wanted finite features',
      );
      expect(tf.memory().numTensors).toBe(before);
    });

    it('says in one sentence what does not fit', async () => {
      const run = (options: Partial<EvaluateLinearOptions>) =>
        evaluateLinear({
          ...settings,
          train: scenes('train', 2, 1),
          val: scenes('val', 2, 2),
          iterations: 1,
          ...options,
        });
      for (const [options, sentence] of [
        [{ cropSize: 30 }, 'cropSize: got 30, wanted a multiple of the patch size 4'],
        [{ batchSize: 0 }, 'batchSize: got 0, wanted a positive whole number'],
        [{ iterations: 0.5 }, 'iterations: got 0.5, wanted a positive whole number'],
        [{ stride: 40 }, 'stride: got 40, wanted at most the crop size 32'],
        [{ learningRates: [] }, 'learningRates: got [], wanted one or more positive numbers'],
        [{ learningRates: [0.1, -1] }, 'learningRates: got [0.1, -1], wanted one or more positive numbers'],
        [{ weightDecay: -1 }, 'weightDecay: got -1, wanted 0 or more'],
        [{ minFactor: 2 }, 'minFactor: got 2, wanted a number from 0 to 1'],
        [{ classSubset: [4] }, 'classSubset: got 4, wanted class ids from 0 to 3'],
        [{ model: colourModel(8) }, 'model: got tokens [4,16,4], wanted [4, 64, d]'],
        [{ val: { ...scenes('val', 1, 1), length: 0 } }, 'val: got no images, wanted at least one'],
        [
          { val: { ...scenes('val', 1, 1), classes: ['ground', 'cat'] } },
          'val: class 1 is "cat", expected "red" as in the train (train)',
        ],
      ] as [Partial<EvaluateLinearOptions>, string][]) {
        await expect(run(options)).rejects.toThrow(sentence);
      }
    });

    it('passes on what a data set cannot read', async () => {
      const broken: SegDataset = {
        ...scenes('broken', 4, 1),
        item: async (index) => {
          throw new Error(`/data/${index}.png: cannot be read`);
        },
      };
      const before = tf.memory().numTensors;
      await expect(
        evaluateLinear({ ...settings, iterations: 1, train: scenes('train', 2, 1), val: broken }),
      ).rejects.toThrow(/^\/data\/\d\.png: cannot be read$/);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
