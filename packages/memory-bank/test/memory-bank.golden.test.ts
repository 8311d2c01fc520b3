import type { HostTensor } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import { MemoryBank, type MemoryBankOptions } from '../src/index.js';

for (const file of ['memory-bank', 'memory-bank-raw-matching']) {
  describeGolden(file, (vectors) => {
    const settings = vectors.json as Settings;
    const { queue_size: images, n_tokens: objectsPerImage, d: dim } = settings;
    const numbers = (key: string) => Array.from(vectors.host(key).data as ArrayLike<number>, Number);

    onBackends(['cpu', 'onnxruntime'], () => {
      // Blocks of all images, of a batch, and of a size that batches straddle.
      it.each([6, 3, 4])(
        'golden: finds and keeps what the reference does, in blocks of %i images',
        async (blockImages) => {
          const normalizedMatching = settings.normalized_matching;
          const options = {
            images,
            objectsPerImage,
            dim,
            variant: 'released',
            normalizedMatching,
            blockImages,
          } as const;
          const bank = MemoryBank.restore(options, initialState(options));
          for (const [i, { counts }] of settings.updates.entries()) await checkUpdate(bank, i + 1, counts);
          bank.dispose();
        },
      );
    });

    async function checkUpdate(bank: MemoryBank, u: number, counts: number[]) {
      const { objects, valid, slots } = padded(numbers(`u${u}/c1`), numbers(`u${u}/c2`), counts);
      const { neighbours, neighbours2, mask, mask2, index, index2 } = bank.query(objects, valid);
      const atSlots = (values: ArrayLike<number>) => slots.map((slot) => Number(values[slot]));
      expect(atSlots(await bank.packedIndex(index)), `index ${u}`).toEqual(numbers(`u${u}/index`));
      expect(atSlots(await bank.packedIndex(index2)), `index2 ${u}`).toEqual(numbers(`u${u}/index2`));
      expect(atSlots(await mask.data()), `mask ${u}`).toEqual(numbers(`u${u}/mask`));
      expect(atSlots(await mask2.data()), `mask2 ${u}`).toEqual(numbers(`u${u}/mask2`));
      expect(await rowsAt(neighbours, slots), `nn ${u}`).toEqual(numbers(`u${u}/nn`));
      expect(await rowsAt(neighbours2, slots), `nn2 ${u}`).toEqual(numbers(`u${u}/nn2`));
      bank.push(objects, valid);
      const stored = numbers(`u${u}/cpv_queue`).reduce((a, b) => a + b);
      const queue = numbers(`u${u}/centroids_queue`);
      const capacity = images * objectsPerImage;
      for (const view of [0, 1]) {
        const wanted = queue.slice(view * capacity * dim, (view * capacity + stored) * dim);
        expect(await packedRows(bank, view), `bank ${view} after update ${u}`).toEqual(wanted);
      }
      tf.dispose([objects, valid, neighbours, neighbours2, mask, mask2, index, index2]);
    }

    /** The bank before the first update: full of random rows, the first of the file being the newest. */
    function initialState({ blockImages }: Pick<MemoryBankOptions, 'blockImages'>): Record<string, HostTensor> {
      const rows = numbers('u0/centroids_queue');
      const blockRows = blockImages! * objectsPerImage;
      const saved: Record<string, HostTensor> = { ring: { dtype: 'I32', shape: [2], data: Int32Array.of(0, images) } };
      for (let block = 0; block < Math.ceil(images / blockImages!); block++) {
        const content = new Float32Array(2 * blockRows * dim);
        const inverseNorms = new Float32Array(2 * blockRows);
        const penalty = new Float32Array(blockRows).fill(-1e30);
        for (let i = 0; i < blockRows; i++) {
          const slot = block * blockImages! + Math.floor(i / objectsPerImage);
          if (slot >= images) continue;
          penalty[i] = 0;
          for (const view of [0, 1]) {
            const packed = (view * images + images - 1 - slot) * objectsPerImage + (i % objectsPerImage);
            const row = rows.slice(packed * dim, (packed + 1) * dim);
            content.set(row, (view * blockRows + i) * dim);
            inverseNorms[view * blockRows + i] = 1 / Math.hypot(...row);
          }
        }
        saved[`blocks.${block}.vectors`] = {
          dtype: 'F32',
          shape: [2, blockImages!, objectsPerImage * dim],
          data: content,
        };
        saved[`blocks.${block}.inverseNorms`] = {
          dtype: 'F32',
          shape: [2, blockImages!, objectsPerImage],
          data: inverseNorms,
        };
        saved[`blocks.${block}.penalty`] = { dtype: 'F32', shape: [1, blockImages!, objectsPerImage], data: penalty };
      }
      return saved;
    }

    /** A packed list of objects in slots [B,K], the later slots of an image unused. */
    function padded(c1: number[], c2: number[], counts: number[]) {
      const capacity = counts.length * objectsPerImage;
      const slots = counts.flatMap((n, b) => Array.from({ length: n }, (_, k) => b * objectsPerImage + k));
      const objects = new Float32Array(2 * capacity * dim);
      for (const [view, packed] of [c1, c2].entries()) {
        for (const [row, slot] of slots.entries()) {
          objects.set(packed.slice(row * dim, (row + 1) * dim), (view * capacity + slot) * dim);
        }
      }
      const valid = Uint8Array.from({ length: capacity }, (_, slot) => (slots.includes(slot) ? 1 : 0));
      return {
        slots,
        objects: tf.tensor4d(objects, [2, counts.length, objectsPerImage, dim]),
        valid: tf.tensor2d(valid, [counts.length, objectsPerImage], 'bool'),
      };
    }

    /** Rows `slots` of [2,B,K,d], view by view. */
    async function rowsAt(vectors: tf.Tensor, slots: number[]): Promise<number[]> {
      const data = await vectors.data();
      const capacity = data.length / (2 * dim);
      return [0, 1].flatMap((view) =>
        slots.flatMap((slot) => [...data.slice((view * capacity + slot) * dim, (view * capacity + slot + 1) * dim)]),
      );
    }

    /** The stored rows of one view, newest image first. */
    async function packedRows(bank: MemoryBank, view: number): Promise<number[]> {
      const saved = await bank.save();
      const slotRows: number[][] = [];
      for (let block = 0; saved[`blocks.${block}.vectors`]; block++) {
        const { data, shape } = saved[`blocks.${block}.vectors`]!;
        const rows = Array.from(data as Float32Array).slice(
          view * shape[1]! * shape[2]!,
          (view + 1) * shape[1]! * shape[2]!,
        );
        for (let row = 0; row < rows.length / dim; row++) slotRows.push(rows.slice(row * dim, (row + 1) * dim));
      }
      const everywhere = tf.tensor1d(Int32Array.from(slotRows.keys()), 'int32');
      const packed: number[][] = [];
      for (const [slotRow, row] of (await bank.packedIndex(everywhere)).entries())
        if (row >= 0) packed[row] = slotRows[slotRow]!;
      everywhere.dispose();
      return packed.flat();
    }
  });
}

interface Settings {
  queue_size: number;
  n_tokens: number;
  d: number;
  normalized_matching: boolean;
  updates: { counts: number[] }[];
}
