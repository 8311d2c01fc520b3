import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  denseNearestNeighbours,
  type EvaluateDenseNNOptions,
  evaluateDenseNN,
  extractPatchFeatures,
  memorySubsets,
  nearestNeighbours,
  squareInput,
  voteScores,
} from '../src/index.js';
import { colourModel } from './colour-model.js';
import { scenes } from './scenes.js';

const model = colourModel(8);
const sizes = { imageSize: 32, patchSize: 8 };

describe('memorySubsets', () => {
  it('keeps one image out of a factor, drawn by seed, and the whole once', () => {
    const subsets = memorySubsets(100, [1, 8, 128], 2);
    expect(subsets.map(({ factor, seed, images }) => [factor, seed, images.length])).toEqual([
      [1, null, 100],
      [8, 0, 13],
      [8, 1, 13],
      [128, 0, 1],
      [128, 1, 1],
    ]);
    expect(new Set(subsets[1]!.images).size).toBe(13);
    expect(subsets[1]!.images).not.toEqual(subsets[2]!.images);
    expect(memorySubsets(100, [8], 2)[1]).toEqual(subsets[2]);
  });
});

onBackends(['cpu', 'onnxruntime'], () => {
  describe('extractPatchFeatures', () => {
    it('gives unit rows, labels and masks in the order of the images, whatever the batch', async () => {
      const dataset = scenes('five', 5, 1);
      const before = tf.memory().numTensors;
      const done: number[] = [];
      const features = await extractPatchFeatures(model, dataset, {
        ...sizes,
        batchSize: 2,
        keepMasks: true,
        onProgress: (n) => done.push(n),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(done).toEqual([2, 4, 5]);
      expect([features.images, features.rows, features.dim, features.labels.length]).toEqual([5, 80, 4, 80]);
      expect(features.masks!.map((mask) => mask.length)).toEqual(Array(5).fill(1024));

      const { image } = await dataset.item(4);
      const pixels = squareInput(image, 32);
      const token = [0, 0, 0, 1];
      for (let y = 24; y < 32; y++)
        for (let x = 16; x < 24; x++) for (let c = 0; c < 3; c++) token[c]! += pixels[(y * 32 + x) * 3 + c]! / 64;
      const row = (4 * 16 + 3 * 4 + 2) * 4;
      token.forEach((value, i) => {
        expect(features.values[row + i]).toBeCloseTo(value / Math.hypot(...token), 5);
      });
    });

    it('names what does not fit', async () => {
      const dataset = scenes('one', 1, 1);
      await expect(extractPatchFeatures(model, dataset, { imageSize: 30, patchSize: 8 })).rejects.toThrow(
        'imageSize: got 30, wanted a multiple of the patch size 8',
      );
      await expect(extractPatchFeatures(colourModel(16), dataset, { ...sizes, batchSize: 1 })).rejects.toThrow(
        'model: got tokens [1,4,4], wanted [1, 16, d]',
      );
      await expect(extractPatchFeatures((images) => tf.mul(model(images), Number.NaN), dataset, sizes)).rejects.toThrow(
        'model: got NaN among the features',
      );
    });
  });

  describe('denseNearestNeighbours', () => {
    it('gives every sub-sampled memory the labels that it gives alone', async () => {
      const memory = await extractPatchFeatures(model, scenes('memory', 9, 1), sizes);
      const query = await extractPatchFeatures(model, scenes('query', 3, 2), sizes);
      const predictions = new Map<string, number[]>();
      const runs = await denseNearestNeighbours({
        memory,
        query,
        classes: 4,
        k: 5,
        subsampling: [1, 3],
        seeds: 2,
        blockSize: { memory: 32, queries: 20 },
        onPrediction: ({ subset, patches }) => {
          const key = `${subset.factor} ${subset.seed}`;
          predictions.set(key, [...(predictions.get(key) ?? []), ...patches]);
        },
      });
      expect(runs.map(({ subset }) => subset.images.length)).toEqual([9, 3, 3]);
      for (const { subset, memoryPatches } of runs) {
        const rows = [...subset.images]
          .flatMap((image) => Array.from({ length: 16 }, (_, i) => image * 16 + i))
          .filter((row) => memory.labels[row] !== 255);
        expect(memoryPatches).toBe(rows.length);
        const values = Float32Array.from(rows.flatMap((row) => [...memory.values.subarray(row * 4, row * 4 + 4)]));
        const alone = await nearestNeighbours({ values, rows: rows.length, dim: 4 }, query, {
          k: 5,
          blockSize: { memory: 16, queries: 7 },
        });
        const scores = voteScores(
          alone,
          Uint8Array.from(rows, (row) => memory.labels[row]!),
          5,
          { vote: 'softmax', temperature: 0.07, classes: 4 },
        );
        const expected = Array.from({ length: query.rows }, (_, q) => {
          const row = [...scores.subarray(q * 4, q * 4 + 4)];
          return row.indexOf(Math.max(...row));
        });
        expect(predictions.get(`${subset.factor} ${subset.seed}`)).toEqual(expected);
      }
    });
  });

  describe('evaluateDenseNN', () => {
    it('segments scenes in which colour gives the class away, and reports plain data', async () => {
      const before = tf.memory().numTensors;
      const phases = new Set<string>();
      const result = await evaluateDenseNN({
        model,
        memory: scenes('memory', 24, 1),
        query: scenes('query', 6, 2),
        ...sizes,
        k: 5,
        subsampling: [1, 8],
        seeds: 3,
        classSubset: [1, 2, 3],
        blockSize: { memory: 64, queries: 64 },
        onProgress: ({ phase }) => phases.add(phase),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect([...phases]).toEqual(['memory', 'query', 'retrieval']);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(result.memory).toEqual({ name: 'memory', images: 24, patches: 24 * 16 });
      const [whole, eighth] = result.ratios;
      expect([whole!.runs, whole!.memoryImages, whole!.patch.mIoU.std]).toEqual([1, 24, 0]);
      expect([eighth!.runs, eighth!.memoryImages, eighth!.memoryPatches.length]).toEqual([3, 3, 3]);
      // Only patches on the rim of a rectangle mix colours.
      expect(whole!.patch.mIoU.mean).toBeGreaterThan(0.75);
      expect(whole!.pixelBilinear.mIoU.mean).toBeGreaterThan(0.6);
      expect(whole!.patch.iou).toHaveLength(4);
      expect(whole!.patch.mIoUSubset!.mean).toBeCloseTo(
        (whole!.patch.iou[1]! + whole!.patch.iou[2]! + whole!.patch.iou[3]!) / 3,
        12,
      );
    });

    it('retrieves from several epochs and from a memory of a given size', async () => {
      const options = {
        model,
        memory: scenes('memory', 24, 1),
        query: scenes('query', 6, 2),
        ...sizes,
        k: 5,
        subsampling: [1, 8],
        seeds: 2,
      };
      const images: string[] = [];
      const epochs = await evaluateDenseNN({
        ...options,
        memoryEpochs: 3,
        onProgress: ({ phase, done, total }) => images.push(`${phase} ${done}/${total}`),
      });
      expect(images).toContain('memory 72/72');
      expect(epochs.memory).toEqual({ name: 'memory', images: 24, patches: 3 * 24 * 16 });
      expect([epochs.memoryEpochs, epochs.memorySize, epochs.memorySeed]).toEqual([3, null, 0]);
      // A sub-sampled memory has all views of its images.
      expect(epochs.ratios.map(({ memoryImages }) => memoryImages)).toEqual([24, 3]);
      expect(epochs.ratios[1]!.memoryPatches[0]).toBeGreaterThan(2 * 3 * 16);
      expect(epochs.ratios[0]!.patch.mIoU.mean).toBeGreaterThan(0.75);

      const small = await evaluateDenseNN({ ...options, memorySize: 100, memorySeed: 3 });
      expect([small.memorySize, small.memorySeed]).toEqual([100, 3]);
      // Four patches of each image; an eighth of the images is 3.
      expect(small.memory.patches).toBe(96);
      expect(small.ratios.map(({ memoryPatches }) => memoryPatches)).toEqual([[96], [12, 12]]);
      expect(small.ratios[0]!.patch.mIoU.mean).toBeGreaterThan(0.6);
      const { seconds: _, ...again } = await evaluateDenseNN({ ...options, memorySize: 100, memorySeed: 3 });
      expect(again).toEqual({ ...small, seconds: undefined });
    });

    it('says what does not fit before it computes features', async () => {
      const untouched = () => {
        throw new Error('the model ran');
      };
      const run = (options: Partial<EvaluateDenseNNOptions>) =>
        evaluateDenseNN({
          model: untouched,
          memory: scenes('memory', 1, 1),
          query: scenes('query', 1, 2),
          ...sizes,
          ...options,
        });
      for (const [options, sentence] of [
        [{ k: 0 }, 'k: got 0, wanted a positive whole number'],
        [{ temperature: 0 }, 'temperature: got 0, wanted a number above 0'],
        [{ seeds: 0.5 }, 'seeds: got 0.5, wanted a positive whole number'],
        [{ subsampling: [] }, 'subsampling: got no factors, wanted at least one'],
        [{ subsampling: [1, 0] }, 'subsampling: got 0, wanted factors of at least 1'],
        [{ recallQueries: 0 }, 'recallQueries: got 0, wanted a positive whole number'],
        [{ memorySize: 0 }, 'memorySize: got 0 patches, wanted at least one for each of the 1 views'],
        [{ classSubset: [4] }, 'classSubset: got 4, wanted class ids from 0 to 3'],
        [{ query: scenes('none', 0, 1) }, 'none: got no images, wanted at least one'],
      ] as [Partial<EvaluateDenseNNOptions>, string][]) {
        await expect(run(options)).rejects.toThrow(sentence);
      }
      await expect(run({})).rejects.toThrow('the model ran');
    });

    it('refuses data sets of different classes', async () => {
      const other = { ...scenes('query', 1, 1), classes: ['ground', 'cat'] };
      await expect(evaluateDenseNN({ model, memory: scenes('memory', 1, 1), query: other, ...sizes })).rejects.toThrow(
        'query: class 1 is "cat", expected "red" as in the memory (memory)',
      );
    });
  });
});
