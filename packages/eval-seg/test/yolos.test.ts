import { Generator } from '@cribo/tensor';
import { initVit, vitConfig, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { detectObjects } from '../src/detection/detect-objects.js';
import { squareView, wholeView } from '../src/detection/square-view.js';
import { startYolosTraining, updateYolos } from '../src/detection/yolos-optimizer.js';
import { yolosStep } from '../src/detection/yolos-step.js';
import {
  type CocoDetection,
  cocoAp,
  type EvaluateYolosOptions,
  evaluateYolos,
  firstImages,
  initYolos,
  type YolosConfig,
  yolosForward,
} from '../src/index.js';
import { shapes } from './shapes.js';

const size = 32;
const network = vitConfig('vit_tiny', {
  imageSize: 16,
  patchSize: 8,
  embedDim: 24,
  depth: 2,
  numHeads: 2,
  mlpRatio: 2,
});
const config: YolosConfig = { backbone: { ...network, imageSize: size }, tokens: 5, classes: 2 };

function newDetector(seed = 1) {
  const backbone = initVit(network, Generator.fromSeed(seed));
  const params = initYolos(backbone, config, Generator.fromSeed(seed));
  tf.dispose(backbone);
  return params;
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('yolosForward', () => {
    it('says a class and a box for every detection token, from the tokens behind the patches', async () => {
      const backbone = initVit(network, Generator.fromSeed(1));
      const params = initYolos(backbone, config, Generator.fromSeed(2));
      expect(params['backbone.pos_embed']!.shape).toEqual([1, 1 + 16, 24]);
      expect(Object.keys(params).length).toBe(Object.keys(backbone).length + 2 + 12);
      const images = Generator.fromSeed(3).uniformTensor([2, size, size, 3]) as tf.Tensor4D;
      const before = tf.memory().numTensors;
      const { logits, boxes } = yolosForward(params, config, images);
      expect(tf.memory().numTensors).toBe(before + 2);
      expect([logits.shape, boxes.shape]).toEqual([
        [2, 5, 3],
        [2, 5, 4],
      ]);
      expect((await boxes.data()).every((share) => share > 0 && share < 1)).toBe(true);

      // By hand: the fourth token of the second image through the layers of the class head.
      const own = Object.fromEntries(
        Object.entries(params).flatMap(([name, value]) =>
          name.startsWith('backbone.') ? [[name.slice('backbone.'.length), value]] : [],
        ),
      );
      const extraTokens = tf.add(params.det_token!, params.det_pos_embed!);
      const { tokens } = vitForward(own, config.backbone, images, { extraTokens });
      let x = Array.from(await tf.slice(tokens, [1, 17 + 3, 0], [1, 1, 24]).data());
      for (const i of [0, 1, 2]) {
        const weight = await params[`class_embed.layers.${i}.weight`]!.data();
        const bias = await params[`class_embed.layers.${i}.bias`]!.data();
        const sums = Array.from(bias, (b, o) => x.reduce((sum, v, j) => sum + v * weight[j * bias.length + o]!, b));
        x = i < 2 ? sums.map((v) => Math.max(0, v)) : sums;
      }
      const found = (await logits.data()).slice((5 + 3) * 3, (5 + 3) * 3 + 3);
      found.forEach((logit, c) => {
        expect(logit).toBeCloseTo(x[c]!, 4);
      });
      tf.dispose([backbone, params, images, logits, boxes, extraTokens, tokens]);
    });
  });

  describe('updateYolos', () => {
    const names = [
      'backbone.blocks.0.mlp.fc1.weight',
      'backbone.blocks.0.mlp.fc1.bias',
      'backbone.norm.weight',
      'backbone.cls_token',
      'backbone.pos_embed',
      'det_token',
      'det_pos_embed',
      'class_embed.layers.0.weight',
      'bbox_embed.layers.2.bias',
    ];
    const shape = (name: string) => (/(bias|norm\.weight)$/.test(name) ? [2] : [1, 2]);
    const all = (value: number) => Object.fromEntries(names.map((name) => [name, tf.fill(shape(name), value)]));

    it('lets weights of the network and all of the heads decay, nothing else', async () => {
      const training = startYolosTraining(all(1), 0.5);
      updateYolos(training, all(0), { lr: 0.1, clipNorm: 1 });
      const decayed: string[] = [];
      for (const [name, value] of Object.entries(training.params)) {
        const [first] = await value.data();
        if (first !== 1) decayed.push(name);
        if (first !== 1) expect(first).toBeCloseTo(0.95, 6);
      }
      expect(decayed).toEqual([
        'backbone.blocks.0.mlp.fc1.weight',
        'class_embed.layers.0.weight',
        'bbox_embed.layers.2.bias',
      ]);
      tf.dispose([training.params, training.slots]);
    });

    it('scales all gradients together to the norm that is allowed', async () => {
      // Nine gradients of two numbers each: the norm of 18 times 2 is 2 · √18.
      for (const [clipNorm, seen] of [
        [100, 2],
        [0.1, 0.1 / Math.sqrt(18)],
      ] as const) {
        const before = tf.memory().numTensors;
        const training = startYolosTraining(all(1), 0);
        updateYolos(training, all(2), { lr: 0.1, clipNorm });
        // The first moving average is a tenth of the gradient.
        const [average] = await training.slots.det_token![0]!.data();
        expect(average).toBeCloseTo(seen / 10, 6);
        tf.dispose([training.params, training.slots]);
        expect(tf.memory().numTensors).toBe(before);
      }
    });
  });

  describe('yolosStep', () => {
    it('makes the loss of an image fall', async () => {
      const { image, objects } = await shapes('one', 1, 3).item(0);
      const views = [squareView(image, objects, wholeView(image), size)];
      const training = startYolosTraining(newDetector(), 1e-4);
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) {
        losses.push(await yolosStep(training, config, views, { lr: 2e-3, clipNorm: 0.1 }));
      }
      tf.dispose([training.params, training.slots]);
      expect(losses).toEqual([...losses].sort((a, b) => b - a));
      expect(losses[4]).toBeLessThan(losses[0]! - 0.5);
    });
  });
});

onBackends(['onnxruntime'], () => {
  describe('a whole training', () => {
    it('learns two images by heart, and leaks no tensor', async () => {
      const data = shapes('two', 2, 5);
      const items = await Promise.all([0, 1].map((i) => data.item(i)));
      const views = items.map(({ image, objects }) => squareView(image, objects, wholeView(image), size));
      const evaluate = async (params: tf.NamedTensorMap) =>
        cocoAp({ groundTruth: data.groundTruth, detections: await detectObjects(params, config, data, 2, () => {}) });

      const before = tf.memory().numTensors;
      const training = startYolosTraining(newDetector(), 1e-4);
      const update = { lr: 2e-3, clipNorm: 0.1 };
      const losses: number[] = [await yolosStep(training, config, views, update)];
      const tensors = tf.memory().numTensors;
      const untrained = await evaluate(training.params as tf.NamedTensorMap);
      while (losses.length < 100) losses.push(await yolosStep(training, config, views, update));
      expect(tf.memory().numTensors).toBe(tensors);
      const trained = await evaluate(training.params as tf.NamedTensorMap);
      tf.dispose([training.params, training.slots]);
      expect(tf.memory().numTensors).toBe(before);

      expect(losses[0]).toBeGreaterThan(2);
      expect(losses.at(-1)).toBeLessThan(0.8);
      expect(untrained.AP50).toBeLessThan(0.2);
      // Two of the five tokens may still say the same box with nearly the same score.
      expect(trained.AP50).toBeGreaterThan(0.7);
      expect(trained.AP).toBeGreaterThan(0.5);
    });

    it('updates nothing where the predictions are not finite', async () => {
      const params = newDetector();
      const weight = params['class_embed.layers.0.weight']!;
      params['class_embed.layers.0.weight'] = tf.mul(weight, Number.NaN);
      weight.dispose();
      const training = startYolosTraining(params, 1e-4);
      const views = [{ image: new Float32Array(size * size * 3), objects: [] }];
      expect(await yolosStep(training, config, views, { lr: 1, clipNorm: 1 })).toBeNaN();
      expect(training.steps).toBe(0);
      tf.dispose([training.params, training.slots]);
    });
  });

  describe('evaluateYolos', () => {
    const backbone = () => initVit(network, Generator.fromSeed(4));
    const settings = { network, imageSize: size, tokens: 5, batchSize: 2, learningRate: 1e-3, iterations: 4 } as const;

    it('reports plain data with all settings, and hands over the detections', async () => {
      const params = backbone();
      const before = tf.memory().numTensors;
      const progress: string[] = [];
      let detections: readonly CocoDetection[] = [];
      const [train, val] = [shapes('train', 6, 1), shapes('val', 3, 2)];
      const result = await evaluateYolos({
        ...settings,
        backbone: params,
        train,
        val,
        onProgress: ({ phase, done, total }) => progress.push(`${phase} ${done}/${total}`),
        onDetections: (found) => {
          detections = found;
        },
      });
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(params);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(progress).toEqual(['train 1/4', 'train 2/4', 'train 3/4', 'train 4/4', 'val 2/3', 'val 3/3']);
      expect(result).toMatchObject({
        train: { name: 'train', images: 6 },
        val: { name: 'val', images: 3 },
        imageSize: 32,
        tokens: 5,
        iterations: 4,
        weightDecay: 1e-4,
        clipNorm: 0.1,
        detections: 15,
      });
      expect(result.categories.map(({ id, name }) => [id, name])).toEqual([
        [3, 'red'],
        [17, 'blue'],
      ]);
      expect(result.AP).toBe(cocoAp({ groundTruth: val.groundTruth, detections }).AP);
      expect(detections.map(({ image_id }) => image_id)).toEqual([100, 101, 102].flatMap((id) => Array(5).fill(id)));
      for (const { bbox, score, category_id } of detections) {
        expect(bbox.every(Number.isFinite)).toBe(true);
        expect([3, 17]).toContain(category_id);
        expect(score > 0 && score < 1).toBe(true);
      }
    });

    it('depends on the seed, and detects in an image the same whatever fills its batch', async () => {
      const params = backbone();
      const run = async (options: Partial<EvaluateYolosOptions>) => {
        let detections: readonly CocoDetection[] = [];
        const val = shapes('val', 3, 2);
        await evaluateYolos({
          ...settings,
          iterations: 2,
          backbone: params,
          train: shapes('train', 4, 1),
          val,
          onDetections: (found) => {
            detections = found;
          },
          ...options,
        });
        return detections;
      };
      const first = await run({});
      expect(await run({})).toEqual(first);
      expect(await run({ seed: 1 })).not.toEqual(first);
      expect(await run({ val: firstImages(shapes('val', 3, 2), 1) })).toEqual(first.slice(0, 5));
      tf.dispose(params);
    });

    it('trains for epochs unless iterations are given', async () => {
      const params = backbone();
      const run = (options: Partial<EvaluateYolosOptions>) => {
        const { iterations: _, ...rest } = settings;
        const [train, val] = [shapes('train', 5, 1), shapes('val', 1, 2)];
        return evaluateYolos({ ...rest, backbone: params, train, val, ...options });
      };
      expect((await run({ epochs: 2 })).iterations).toBe(4);
      expect((await run({ epochs: 2, batchSize: 8 })).iterations).toBe(2);
      tf.dispose(params);
    });

    it('says in one sentence what does not fit, and leaks nothing', async () => {
      const params = backbone();
      const before = tf.memory().numTensors;
      const train = shapes('train', 2, 1);
      const val = shapes('val', 2, 2);
      const run = (options: Partial<EvaluateYolosOptions>) =>
        evaluateYolos({ ...settings, backbone: params, train, val, ...options });
      const unreadable = {
        ...val,
        item: async () => {
          throw new Error('/data/1.jpg: cannot be read');
        },
      };
      for (const [options, sentence] of [
        [{ imageSize: 30 }, 'imageSize: got 30, wanted a multiple of the patch size 8'],
        [{ tokens: 0 }, 'tokens: got 0, wanted a positive whole number'],
        [{ batchSize: 1.5 }, 'batchSize: got 1.5, wanted a positive whole number'],
        [{ iterations: 0 }, 'iterations: got 0, wanted a positive whole number'],
        [{ epochs: 0 }, 'epochs: got 0, wanted a positive whole number'],
        [{ learningRate: 0 }, 'learningRate: got 0, wanted a positive number'],
        [{ weightDecay: -1 }, 'weightDecay: got -1, wanted 0 or more'],
        [{ learningRate: 1e38, iterations: 5 }, /^training: the loss of iteration [2-5] is NaN, wanted a finite one$/],
        [{ train: { ...train, length: 0 } }, 'train: got no images, wanted at least one'],
        [
          {
            val: {
              ...val,
              categories: [
                { id: 3, name: 'red' },
                { id: 18, name: 'blue' },
              ],
            },
          },
          'val: category 1 is 18 blue, expected 17 blue as in train',
        ],
        [{ val: { ...val, categories: [] } }, 'val: category 0 is missing, expected 3 red as in train'],
        [{ train: unreadable }, '/data/1.jpg: cannot be read'],
        [{ val: unreadable }, '/data/1.jpg: cannot be read'],
      ] as [Partial<EvaluateYolosOptions>, string | RegExp][]) {
        await expect(run(options)).rejects.toThrow(sentence);
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(params);
    });
  });
});
