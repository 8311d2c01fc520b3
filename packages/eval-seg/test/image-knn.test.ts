import { join } from 'node:path';
import type { Image } from '@cribo/augment';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { centerCrop, resizedToShorterSide } from '../src/image-knn/center-input.js';
import { voteRank } from '../src/image-knn/vote-rank.js';
import {
  centerInput,
  type EvaluateImageKnnOptions,
  evaluateImageKnn,
  extractImageFeatures,
  type ImageDataset,
  openImageFolder,
} from '../src/index.js';
import { numbers } from './numbers.js';
import { rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

function noise(width: number, height: number, seed: number): Image {
  const next = numbers(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => next() * 256) };
}

/** Images of random colours, one in `classes.length` of each class; colours of a class are near each other. */
function colours(name: string, classes: string[], length: number, seed: number, spread: number): ImageDataset {
  return {
    name,
    classes,
    length,
    async item(index) {
      const next = numbers(seed * 1000 + index);
      const label = index % classes.length;
      const colour = [label * 90, 200 - label * 60, 40 + label * 50].map((v) => v + next() * spread);
      const data = Uint8Array.from({ length: 20 * 16 * 3 }, (_, i) => colour[i % 3]!);
      return { id: `${name}/${index}`, image: { width: 20, height: 16, data }, label };
    },
  };
}

/** The feature of an image is its mean colour. */
const meanColour = (images: tf.Tensor4D) => tf.mean(tf.mean(images, 1), 1);

describe('centerInput', () => {
  it('makes the shorter side 256/224 of the size and cuts out the middle, as torchvision does', () => {
    expect(resizedToShorterSide(noise(50, 40, 1), 16)).toMatchObject({ width: 20, height: 16 });
    // 16 · 50 / 33 = 24.2…, rounded down.
    expect(resizedToShorterSide(noise(33, 50, 1), 16)).toMatchObject({ width: 16, height: 24 });
    const image = noise(16, 16, 2);
    expect(centerInput(image, 14)).toHaveLength(14 * 14 * 3);
    const cut = centerCrop(image, 14);
    for (const [x, y] of [
      [0, 0],
      [13, 5],
    ] as const) {
      const [to, from] = [(y * 14 + x) * 3, ((y + 1) * 16 + x + 1) * 3];
      expect([...cut.data.subarray(to, to + 3)]).toEqual([...image.data.subarray(from, from + 3)]);
    }
    expect(centerInput(image, 14)[0]).toBeCloseTo((cut.data[0]! / 255 - 0.485) / 0.229, 5);
  });

  it('puts an odd remainder where Python rounds half of it: 1/2 to 0, 3/2 to 2, 5/2 to 2', () => {
    const ramp = (width: number): Image => ({
      width,
      height: 4,
      data: Uint8Array.from({ length: width * 4 * 3 }, (_, i) => Math.floor(i / 3) % width),
    });
    expect([5, 6, 7, 8, 9, 11].map((width) => centerCrop(ramp(width), 4).data[0])).toEqual([0, 1, 2, 2, 2, 4]);
  });
});

describe('voteRank', () => {
  const neighbours = { labels: [2, 1, 1, 0], similarities: [0.9, 0.8, 0.8, 0.1] };
  it('is the place of the true class by the votes', () => {
    const rank = (truth: number, k: number, temperature: number) =>
      voteRank(neighbours, truth, { k, temperature, classes: 4 });
    // exp(1) < 2 for a temperature of 1, but exp(0.1 / 0.07) > 2.
    expect([0, 1, 2, 3].map((truth) => rank(truth, 4, 1))).toEqual([2, 0, 1, 3]);
    expect([0, 1, 2, 3].map((truth) => rank(truth, 4, 0.07))).toEqual([2, 1, 0, 3]);
    expect([0, 1, 2, 3].map((truth) => rank(truth, 1, 0.07))).toEqual([1, 2, 0, 3]);
  });

  it('puts the smaller class first among equals', () => {
    const equal = { labels: [3, 1], similarities: [0.5, 0.5] };
    const ranks = [0, 1, 2, 3].map((truth) => voteRank(equal, truth, { k: 2, temperature: 0.07, classes: 4 }));
    expect(ranks).toEqual([2, 0, 3, 1]);
  });
});

onBackends(['cpu', 'onnxruntime'], () => {
  describe('evaluateImageKnn', () => {
    const names = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox', 'gnu'];
    const settings = { model: meanColour, imageSize: 14, batchSize: 4 };

    it('classifies by colour where colour gives the class away, and reports plain data', async () => {
      const before = tf.memory().numTensors;
      const progress: string[] = [];
      const result = await evaluateImageKnn({
        ...settings,
        train: colours('train', ['ant', 'bee', 'cat'], 31, 1, 10),
        // Not every class of train has to occur.
        val: colours('val', ['ant', 'bee'], 10, 2, 10),
        ks: [1, 5],
        onProgress: ({ phase, done, total }) => progress.push(`${phase} ${done}/${total}`),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(result.runs).toEqual([
        { k: 1, top1: 1, top5: 1 },
        { k: 5, top1: 1, top5: 1 },
      ]);
      expect([progress[0], progress.at(-2), progress.at(-1)]).toEqual(['train 4/31', 'val 10/10', 'retrieval 10/10']);
      expect(result).toMatchObject({ classes: 3, featureDim: 3, temperature: 0.07, imageSize: 14 });
    });

    it('matches classes by their names', async () => {
      const train = colours('train', ['ant', 'bee', 'cat'], 12, 1, 10);
      const swapped = colours('val', ['ant', 'bee'], 6, 2, 10);
      const { runs } = await evaluateImageKnn({
        ...settings,
        train,
        val: { ...swapped, classes: ['bee', 'ant'] },
        ks: [3],
      });
      expect(runs).toEqual([{ k: 3, top1: 0, top5: 1 }]);
    });

    it('equals a vote over all similarities sorted whole', async () => {
      // Colours of a class are spread so far that classes mix.
      const [train, val] = [colours('train', names, 60, 3, 150), colours('val', names, 40, 4, 150)];
      const ks = [1, 3, 10, 200];
      const result = await evaluateImageKnn({ ...settings, train, val, ks, blockSize: { memory: 16, queries: 8 } });
      const features = async (dataset: ImageDataset) =>
        Promise.all(
          Array.from({ length: dataset.length }, async (_, i) => {
            const { image, label } = await dataset.item(i);
            const input = centerInput(image, 14);
            const colour = [0, 1, 2].map((c) => input.filter((_, p) => p % 3 === c).reduce((a, b) => a + b) / 196);
            const norm = Math.hypot(...colour);
            return { label, unit: colour.map((v) => v / norm) };
          }),
        );
      const [memory, queries] = [await features(train), await features(val)];
      for (const [i, k] of ks.entries()) {
        let [right, inFive] = [0, 0];
        for (const query of queries) {
          const sorted = memory
            .map(({ label, unit }) => ({ label, cosine: unit.reduce((sum, v, c) => sum + v * query.unit[c]!, 0) }))
            .sort((a, b) => b.cosine - a.cosine)
            .slice(0, k);
          const votes = names.map((_, c) => ({
            c,
            vote: sorted
              .filter(({ label }) => label === c)
              .reduce((sum, { cosine }) => sum + Math.exp(cosine / 0.07), 0),
          }));
          const best = votes.sort((a, b) => b.vote - a.vote).map(({ c }) => c);
          if (best[0] === query.label) right++;
          if (best.slice(0, Math.min(5, k)).includes(query.label)) inFive++;
        }
        expect(result.runs[i], `k = ${k}`).toEqual({ k, top1: right / 40, top5: inFive / 40 });
      }
      const [few] = result.runs;
      expect(few!.top1).toBeGreaterThan(0.1);
      expect(few!.top1).toBeLessThan(0.9);
    });

    it('says in one sentence what does not fit', async () => {
      const train = colours('train', ['ant', 'bee'], 4, 1, 10);
      const run = (options: Partial<EvaluateImageKnnOptions>) =>
        evaluateImageKnn({ ...settings, train, val: train, ...options });
      for (const [options, sentence] of [
        [
          { val: colours('val', ['ant', 'zebra'], 2, 1, 1) },
          'val: has the class "zebra", expected only the 2 of train',
        ],
        [{ val: { ...train, length: 0 } }, 'train: got no images, wanted at least one'],
        [{ ks: [] }, 'ks: got nothing, wanted positive whole numbers'],
        [{ ks: [1, 0] }, 'ks: got 1, 0, wanted positive whole numbers'],
        [{ imageSize: 1.5 }, 'imageSize: got 1.5, wanted positive whole numbers'],
        [{ temperature: 0 }, 'temperature: got 0, wanted a positive number'],
        [{ model: (images: tf.Tensor4D) => images }, 'model: got features [4,14,14,3], wanted [4, d]'],
        [
          { model: (images: tf.Tensor4D) => tf.mul(meanColour(images), Number.NaN) },
          'model: got NaN among the features, wanted finite numbers',
        ],
      ] as [Partial<EvaluateImageKnnOptions>, string][]) {
        await expect(run(options)).rejects.toThrow(sentence);
      }
    });
  });

  describe('extractImageFeatures', () => {
    it('passes on which file cannot be read, and leaks nothing', async () => {
      const root = temporaryFolder({ 'train/a/1.png': rgbPng(8, 8, new Uint8Array(192)), 'train/a/2.png': 'no image' });
      const dataset = await openImageFolder(root, 'train');
      const before = tf.memory().numTensors;
      await expect(extractImageFeatures(meanColour, dataset, { imageSize: 14, batchSize: 1 })).rejects.toThrow(
        /^.*train[/\\]a[/\\]2\.png: cannot be read as an image \(/,
      );
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

describe('openImageFolder', () => {
  const pixel = (value: number) => rgbPng(1, 1, Uint8Array.of(value, 0, 0));

  it('takes the folders of a split for classes, in order, and all images below them', async () => {
    const root = temporaryFolder({
      'train/n02/b.jpg': pixel(2),
      'train/n02/a.JPEG': pixel(1),
      'train/n01/deep/er/c.png': pixel(3),
      'train/n01/notes.txt': '',
      'train/n01/._hidden.png': '',
      'train/.thumbnails/x.png': pixel(9),
      'train/readme.md': '',
      'held-out/n01/d.png': pixel(4),
    });
    const train = await openImageFolder(root, 'train');
    expect([train.name, train.classes, train.length]).toEqual(['train', ['n01', 'n02'], 3]);
    const items = await Promise.all([0, 1, 2].map((i) => train.item(i)));
    expect(items.map(({ id, label, image }) => [id, label, image.data[0]])).toEqual([
      [join('n01', 'deep', 'er', 'c.png'), 0, 3],
      [join('n02', 'a.JPEG'), 1, 1],
      [join('n02', 'b.jpg'), 1, 2],
    ]);
    expect((await openImageFolder(root, 'held-out')).length).toBe(1);
  });

  it('names what is missing', async () => {
    const root = temporaryFolder({ 'train/n01/a.png': pixel(1), 'val/a.png': pixel(1), 'test/n01/notes.txt': '' });
    await expect(openImageFolder('/nowhere', 'train')).rejects.toThrow(
      '/nowhere: no such folder, expected folders train/<class> in it',
    );
    await expect(openImageFolder(root, 'valid')).rejects.toThrow(
      /valid: no such folder, expected one folder per class in it, found test, train, val beside it$/,
    );
    await expect(openImageFolder(root, 'val')).rejects.toThrow(/val: holds no folders, expected one per class$/);
    await expect(openImageFolder(root, 'test')).rejects.toThrow(/n01: holds no images, expected files ending in \.jpg/);
  });
});
