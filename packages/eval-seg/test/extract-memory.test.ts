import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { augmentedViews, extractMemory, extractPatchFeatures, placeOf } from '../src/index.js';
import { colourModel } from './colour-model.js';
import { scenes } from './scenes.js';

const model = colourModel(8);
const sizes = { imageSize: 32, patchSize: 8, batchSize: 4 };
const patches = 16;

onBackends(['cpu', 'onnxruntime'], () => {
  describe('extractMemory', () => {
    const dataset = scenes('six', 6, 1);

    it('holds every image once and all of its patches unless told otherwise', async () => {
      const all = await extractPatchFeatures(model, dataset, sizes);
      const memory = await extractMemory(model, dataset, sizes);
      expect(memory.values).toEqual(all.values);
      expect(memory.labels).toEqual(all.labels);
      expect(memory.ids).toEqual(all.ids);
      expect([memory.rows, memory.images, memory.views, memory.patchNumbers]).toEqual([96, 6, 1, undefined]);
      expect(placeOf(memory, 3 * patches + 6)).toEqual({ image: 3, view: 0, row: 1, column: 2 });
    });

    it('holds the views of every image one after the other, the plain one first', async () => {
      const memory = await extractMemory(model, dataset, { ...sizes, views: 3, seed: 2 });
      const views = augmentedViews(dataset, { views: 3, imageSize: 32, seed: 2 });
      const all = await extractPatchFeatures(model, views, sizes);
      expect([memory.rows, memory.images, memory.views]).toEqual([6 * 3 * patches, 6, 3]);
      expect(memory.values).toEqual(all.values);
      expect(memory.labels).toEqual(all.labels);
      expect(placeOf(memory, (4 * 3 + 2) * patches + 15)).toEqual({ image: 4, view: 2, row: 3, column: 3 });
      const plain = await extractPatchFeatures(model, dataset, sizes);
      const firstView = memory.values.subarray(3 * patches * 4, 4 * patches * 4);
      firstView.forEach((value, i) => {
        expect(value).toBeCloseTo(plain.values[patches * 4 + i]!, 5);
      });
    });

    it('takes the same number of patches from every view for a memory of a given size', async () => {
      const options = { ...sizes, views: 2, seed: 3 };
      const all = await extractMemory(model, dataset, options);
      const memory = await extractMemory(model, dataset, { ...options, memorySize: 60 });
      const perView = new Map<string, number>();
      for (let row = 0; row < memory.rows; row++) {
        const { image, view } = placeOf(memory, row);
        perView.set(`${image} ${view}`, (perView.get(`${image} ${view}`) ?? 0) + 1);
        // A row holds the feature and the label of the patch that it says it is.
        const from = memory.patchNumbers![row]!;
        expect(memory.values.slice(row * 4, row * 4 + 4)).toEqual(all.values.slice(from * 4, from * 4 + 4));
        expect(memory.labels[row]).toBe(all.labels[from]);
        expect(memory.labels[row]).not.toBe(255);
      }
      // 60 patches for 12 views.
      expect([...perView.values()]).toEqual(Array(12).fill(5));
      expect(memory.values.buffer.byteLength).toBe(60 * 4 * Float32Array.BYTES_PER_ELEMENT);
      expect(await extractMemory(model, dataset, { ...options, memorySize: 71 })).toEqual(memory);
      const other = await extractMemory(model, dataset, { ...options, memorySize: 60, seed: 4 });
      expect(other.patchNumbers).not.toEqual(memory.patchNumbers);
    });

    it('holds no more tensors at a time for more images', async () => {
      const peak = async (images: number) => {
        const before = tf.memory();
        let bytes = 0;
        const counted = (input: tf.Tensor4D) => {
          const tokens = model(input);
          bytes = Math.max(bytes, tf.memory().numBytes - before.numBytes);
          return tokens;
        };
        await extractMemory(counted, scenes('many', images, 1), { ...sizes, memorySize: 2 * images });
        expect(tf.memory().numTensors).toBe(before.numTensors);
        return bytes;
      };
      const few = await peak(8);
      expect(few).toBeGreaterThan(0);
      expect(await peak(24)).toBe(few);
    });

    it('names what does not fit', async () => {
      await expect(extractMemory(model, dataset, { ...sizes, views: 2, memorySize: 11 })).rejects.toThrow(
        'memorySize: got 11 patches, wanted at least one for each of the 12 views',
      );
      const blank = {
        ...dataset,
        item: async (index: number) => {
          const item = await dataset.item(index);
          return { ...item, mask: { ...item.mask, data: item.mask.data.map(() => 255) } };
        },
      };
      await expect(extractMemory(model, blank, { ...sizes, memorySize: 60 })).rejects.toThrow(
        'six: all pixels are void, wanted at least one with a label',
      );
    });
  });
});
