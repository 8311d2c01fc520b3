import { fromHalfBits, Generator, type HostTensor, toHalfBits } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { MemoryBank, type MemoryBankOptions, type Retrieval } from '../src/index.js';
import { asTensors, randomBatch } from './batches.js';
import { type StoredImage, search, update } from './reference.js';

const dim = 5;
const sizes = { images: 7, objectsPerImage: 3, dim, variant: 'paper', blockImages: 3 } as const;
const half = { ...sizes, storage: 'float16' } as const;

/** The batch with every number rounded to half precision. */
const rounded = (batch: StoredImage[]): StoredImage[] =>
  batch.map(({ objects, valid }) => ({
    objects: objects.map((view) => view.map((x) => [...fromHalfBits(toHalfBits(Float32Array.from(x)))])),
    valid,
  }));

const stats = () => (tf.backend() as unknown as { stats(): { sessionsCompiled: number; heldBytes: number } }).stats();

async function expectSame(a: Retrieval, b: Retrieval): Promise<void> {
  for (const key of Object.keys(a) as (keyof Retrieval)[]) {
    expect(await b[key].data(), key).toEqual(await a[key].data());
  }
}

onBackends(['onnxruntime'], () => {
  describe('a bank in half precision', () => {
    it('finds what a bank in float32 finds where half precision has the numbers exactly', async () => {
      const [bank, full] = [new MemoryBank(half), new MemoryBank(sizes)];
      for (let step = 0; step < 5; step++) {
        const { objects, valid } = asTensors(rounded(randomBatch(`step ${step}`, 2, 3, dim)));
        const [a, b] = [full.query(objects, valid), bank.query(objects, valid)];
        await expectSame(a, b);
        for (const each of [bank, full]) each.push(objects, valid);
        tf.dispose([objects, valid, a, b]);
      }
      bank.dispose();
      full.dispose();
    });

    it('finds a vector as near as the nearest one, but for the rounding, and its similarity in float32', async () => {
      const wide = { ...half, dim: 48 };
      const bank = new MemoryBank(wide);
      let reference: StoredImage[] = [];
      // Rounding turns a vector by at most 2^-11, measured on the unit sphere, and changes its length by as much.
      const bound = 2 ** -10 + 1e-6;
      for (let step = 0; step < 4; step++) {
        const batch = randomBatch(`step ${step}`, 3, 3, wide.dim);
        const { objects, valid } = asTensors(batch);
        const found = bank.query(objects, valid);
        const similarity = await found.similarity.data();
        const vectors = await found.neighbours.data();
        for (const [i, isObject] of batch.flatMap(({ valid }) => valid).entries()) {
          const [image, object] = [Math.floor(i / 3), i % 3];
          const best = search(reference, batch, 0, image, object);
          if (!isObject || !best) continue;
          expect(similarity[i]).toBeGreaterThan(best.similarity - bound);
          const stored = [...vectors.slice(i * wide.dim, (i + 1) * wide.dim)];
          expect(stored).toEqual([...fromHalfBits(toHalfBits(Float32Array.from(stored)))]);
          expect(similarity[i]).toBeCloseTo(cosine(batch[image]!.objects[0]![object]!, stored), 6);
        }
        bank.push(objects, valid);
        reference = update(reference, batch, wide.images);
        tf.dispose([objects, valid, found]);
      }
      bank.dispose();
    });

    it('takes half the memory for its vectors, from the start and after updates', async () => {
      const bytesOf = async (options: MemoryBankOptions) => {
        const before = stats().heldBytes;
        const bank = new MemoryBank(options);
        const bytes = [stats().heldBytes - before];
        const { objects, valid } = asTensors(randomBatch('a', 4, 3, dim));
        bank.push(objects, valid);
        await bank.save();
        tf.dispose([objects, valid]);
        bytes.push(stats().heldBytes - before);
        bank.dispose();
        expect(stats().heldBytes).toBe(before);
        return bytes;
      };
      const slots = 3 * sizes.blockImages * sizes.objectsPerImage;
      const rest = 4 * slots * (2 + 1);
      expect(await bytesOf(sizes)).toEqual([4 * 2 * slots * dim + rest, 4 * 2 * slots * dim + rest]);
      expect(await bytesOf(half)).toEqual([2 * 2 * slots * dim + rest, 2 * 2 * slots * dim + rest]);
    });

    it('compiles one graph for all steps', async () => {
      const bank = new MemoryBank({ ...half, images: 12, blockImages: 4 });
      const before = stats().sessionsCompiled;
      for (let step = 0; step < 12; step++) {
        const { objects, valid } = asTensors(randomBatch(`${step}`, 2, 3, dim));
        const found = bank.query(objects, valid);
        bank.push(objects, valid);
        await found.index.data();
        tf.dispose([objects, valid, found]);
      }
      expect(stats().sessionsCompiled - before).toBe(1);
      bank.dispose();
    });

    it('holds on to no tensors over steps', () => {
      const bank = new MemoryBank(half);
      const { objects, valid } = asTensors(randomBatch('same', 2, 3, dim));
      const before = tf.memory().numTensors;
      for (let step = 0; step < 10; step++) {
        tf.dispose(bank.query(objects, valid) as tf.TensorContainer);
        bank.push(objects, valid);
      }
      expect(tf.memory().numTensors).toBe(before);
      bank.dispose();
      tf.dispose([objects, valid]);
    });

    it('cuts off numbers that are too large, and is searched as if they had been stored so', async () => {
      const bank = new MemoryBank({ ...half, images: 2, objectsPerImage: 1, dim: 2 });
      const valid = tf.ones([2, 1], 'bool');
      const large = tf.tensor4d([1e6, 0, 1, 1e9, Number.POSITIVE_INFINITY, 0, 0, -7e4], [2, 2, 1, 2]);
      const queries = tf.tensor4d([1, 0, 0, 1, 1, 0, 0, -1], [2, 2, 1, 2]);
      bank.push(large, valid);
      const found = bank.query(queries, valid);
      expect([...(await found.neighbours.data()).slice(0, 4)]).toEqual([65504, 0, 1, 65504]);
      expect([...(await found.neighbours2.data()).slice(4)]).toEqual([65504, 0, 0, -65504]);
      for (const similarity of [found.similarity, found.similarity2]) {
        for (const value of await similarity.data()) expect(value).toBeCloseTo(1, 6);
      }
      tf.dispose([valid, large, queries, found as tf.TensorContainer]);
      bank.dispose();
    });
  });

  describe('the saved state of a bank in half precision', () => {
    it('holds F16 vectors and goes on bit for bit', async () => {
      const options = { ...half, variant: 'released' } as const;
      const bank = new MemoryBank({ ...options, rng: Generator.fromSeed(2) });
      const steps = ['a', 'b', 'c', 'd'].map((seed) => asTensors(randomBatch(seed, 3, 3, dim)));
      for (const { objects, valid } of steps.slice(0, 2)) bank.push(objects, valid);
      const saved = await bank.save();
      expect(saved['blocks.0.vectors']).toMatchObject({ dtype: 'F16', shape: [2, 3, 15] });
      const restored = MemoryBank.restore(options, saved);
      for (const { objects, valid } of steps.slice(2)) {
        const [a, b] = [bank.query(objects, valid), restored.query(objects, valid)];
        await expectSame(a, b);
        for (const each of [bank, restored]) each.push(objects, valid);
        tf.dispose([a, b]);
      }
      expect(await restored.save()).toEqual(await bank.save());
      tf.dispose(steps);
      bank.dispose();
      restored.dispose();
    });

    it('becomes a float32 bank with the same vectors', async () => {
      const bank = new MemoryBank(half);
      for (const seed of ['a', 'b']) {
        const { objects, valid } = asTensors(randomBatch(seed, 3, 3, dim));
        bank.push(objects, valid);
        tf.dispose([objects, valid]);
      }
      const full = MemoryBank.restore(sizes, await bank.save());
      const { objects, valid } = asTensors(randomBatch('queries', 2, 3, dim));
      const [a, b] = [bank.query(objects, valid), full.query(objects, valid)];
      await expectSame(a, b);
      expect((await full.save())['blocks.0.vectors']!.dtype).toBe('F32');
      tf.dispose([objects, valid, a, b] as tf.TensorContainer);
      bank.dispose();
      full.dispose();
    });

    it('is made of that of a float32 bank by rounding: vectors, and the lengths of what they become', async () => {
      const bank = new MemoryBank({ ...sizes, variant: 'released', rng: Generator.fromSeed(5) });
      const saved = await bank.save();
      const restored = MemoryBank.restore(half, saved);
      const { 'blocks.0.vectors': vectors, 'blocks.0.inverseNorms': norms } = await restored.save();
      expect(vectors!.data).toEqual(toHalfBits(saved['blocks.0.vectors']!.data as Float32Array));
      const numbers = fromHalfBits(vectors!.data as Uint16Array);
      for (const [row, norm] of (norms!.data as Float32Array).entries()) {
        expect(norm * Math.hypot(...numbers.slice(row * dim, (row + 1) * dim))).toBeCloseTo(1, 6);
      }
      bank.dispose();
      restored.dispose();
    });

    it('is refused if its vectors are something else', async () => {
      const bank = new MemoryBank(half);
      const saved = await bank.save();
      const wrong: HostTensor = { ...saved['blocks.1.vectors']!, dtype: 'BF16' };
      const before = tf.memory().numTensors;
      expect(() => MemoryBank.restore(half, { ...saved, 'blocks.1.vectors': wrong })).toThrow(
        'memory bank: the saved blocks.1.vectors is BF16, expected F32 or F16',
      );
      expect(tf.memory().numTensors).toBe(before);
      bank.dispose();
    });
  });
});

onBackends(['cpu'], () => {
  it('half precision is refused by a backend that does not have it, and so is any other storage', () => {
    expect(() => new MemoryBank(half)).toThrow(
      'storage: got float16, expected float32: cpu does not store half precision',
    );
    expect(() => new MemoryBank({ ...sizes, storage: 'bfloat16' as 'float16' })).toThrow(
      'storage: got bfloat16, expected float32 or float16',
    );
  });
});

function cosine(a: number[], b: number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
}
