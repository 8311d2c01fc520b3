import { Generator, type HostTensor } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { MemoryBank, type MemoryBankOptions, type Retrieval } from '../src/index.js';
import { asTensors, randomBatch } from './batches.js';
import { type StoredImage, search, update } from './reference.js';

const dim = 5;

onBackends(['cpu', 'onnxruntime'], (backend) => {
  describe('a bank of four images with one object each', () => {
    const options = { images: 4, objectsPerImage: 1, dim: 2, variant: 'paper' } as const;
    const batch = (view1: number[][], view2: number[][]) => ({
      objects: tf.tensor4d([view1.map((x) => [x]), view2.map((x) => [x])]),
      valid: tf.ones([view1.length, 1], 'bool') as tf.Tensor2D,
    });

    it('finds nothing while it is empty', async () => {
      const bank = new MemoryBank(options);
      const { objects, valid } = batch([[1, 0]], [[0, 1]]);
      const found = bank.query(objects, valid);
      expect(bank.storedImages).toBe(0);
      expect([...(await found.mask.data()), ...(await found.mask2.data())]).toEqual([0, 0]);
      expect([...(await found.index.data()), ...(await found.index2.data())]).toEqual([-1, -1]);
      expect([...(await found.neighbours.data())]).toEqual([0, 0, 0, 0]);
      tf.dispose([objects, valid, found]);
      bank.dispose();
    });

    it('retrieves by cosine, jumps to the other view and follows the jump back', async () => {
      const bank = new MemoryBank(options);
      const stored = batch([[3, 0], [0, 9]], [[0, 2], [5, 1]]); // biome-ignore format: one row per view
      bank.push(stored.objects, stored.valid);
      // Both look like [3,0] in view 1. Its jump [0,2] leads back to the second one, which looks like that in view 2.
      const asked = batch([[2, 0.1], [1, 0]], [[1, 0], [0, 1]]); // biome-ignore format: one row per view
      const found = bank.query(asked.objects, asked.valid);
      expect([...(await bank.packedIndex(found.index))]).toEqual([0, 0]);
      expect([...(await found.neighbours.data())]).toEqual([3, 0, 3, 0, 0, 2, 0, 2]);
      expect([...(await found.mask.data())]).toEqual([0, 1]);
      expect((await found.similarity.data())[1]).toBeCloseTo(1, 6);
      // From view 2, [1,0] finds [5,1], which was [0,9] in view 1: closer to [2,0.1] than to [1,0].
      expect([...(await bank.packedIndex(found.index2))]).toEqual([1, 0]);
      expect([...(await found.neighbours2.data())]).toEqual([0, 9, 3, 0, 5, 1, 0, 2]);
      expect([...(await found.mask2.data())]).toEqual([1, 1]);
      tf.dispose([stored, asked, found]);
      bank.dispose();
    });
  });

  it('finds for a list of the valid objects of a batch what it finds for the whole batch', async () => {
    const bank = new MemoryBank({ images: 6, objectsPerImage: 3, dim, variant: 'paper', blockImages: 4 });
    for (let step = 0; step < 2; step++) {
      const stored = asTensors(randomBatch(`stored ${step}`, 3, 3, dim));
      bank.push(stored.objects, stored.valid);
      tf.dispose({ ...stored });
    }
    const { objects, valid } = asTensors(randomBatch('asked', 4, 3, dim));
    const rows = [...(await valid.data())].flatMap((there, row) => (there ? [row] : []));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThan(valid.size);
    // The list ends in an object that is not there, as a list that is padded to a length.
    const index = tf.tensor1d([...rows, 0], 'int32');
    const listed = tf.gather(tf.reshape(objects, [2, 1, valid.size, dim]), index, 2);
    const present = tf.tensor2d([[...rows.map(() => 1), 0]], undefined, 'bool');
    const [whole, list] = [bank.query(objects, valid), bank.query(listed, present)];
    for (const name of ['mask', 'mask2', 'index', 'index2'] as const) {
      const [wanted, got] = [await whole[name].data(), await list[name].data()];
      expect([...got.subarray(0, rows.length)]).toEqual(rows.map((row) => wanted[row]));
      expect(got[rows.length]).toBe(name.startsWith('index') ? -1 : 0);
    }
    for (const name of ['neighbours', 'neighbours2'] as const) {
      expect(list[name].shape).toEqual([2, 1, rows.length + 1, dim]);
      const ofRows = tf.gather(tf.reshape(whole[name], [2, valid.size, dim]), tf.slice(index, 0, rows.length), 1);
      expect(await tf.slice(list[name], [0, 0, 0, 0], [2, 1, rows.length, dim]).data()).toEqual(await ofRows.data());
    }
    tf.dispose([objects, valid, index, listed, present, whole, list] as tf.TensorContainer);
    bank.dispose();
  });

  describe('against plain loops in float64', () => {
    const cases = [
      { images: 8, blockImages: 4, batch: 2 }, // everything divides
      { images: 7, blockImages: 2, batch: 3 }, // nothing does; a batch touches three blocks where it wraps
      { images: 5, blockImages: 5, batch: 4 }, // one block that wraps within itself
      { images: 6, blockImages: 4, batch: 6 }, // the whole bank at once
      { images: 3, blockImages: 2, batch: 5 }, // more images than the bank holds
    ];
    const runs = cases.flatMap((sizes) => [
      { ...sizes, variant: 'paper', normalizedMatching: true } as const,
      { ...sizes, variant: 'released', normalizedMatching: sizes.images !== 7 } as const,
    ]);
    it.each(runs)('$variant, S=$images, blocks of $blockImages, B=$batch, cosine $normalizedMatching', async (run) => {
      const { batch: batchSize, ...sizes } = run;
      const options: MemoryBankOptions = { ...sizes, objectsPerImage: 3, dim, rng: Generator.fromSeed(1) };
      const bank = new MemoryBank(options);
      let reference = run.variant === 'released' ? await imagesOf(bank, options) : [];
      for (let step = 0; step < 5; step++) {
        const batch = randomBatch(`step ${step}`, batchSize, 3, dim);
        const { objects, valid } = asTensors(batch);
        const found = bank.query(objects, valid);
        await expectFound(bank, found, reference, batch, run.normalizedMatching);
        bank.push(objects, valid);
        reference = update(reference, batch, run.images);
        expect(bank.storedImages).toBe(reference.length);
        tf.dispose([objects, valid, found]);
      }
      bank.dispose();
    });
  });

  it('is as before when a staged update is discarded, and changes by its commit', async () => {
    const options = { images: 5, objectsPerImage: 2, dim, variant: 'paper', blockImages: 2 } as const;
    const [bank, plain] = [new MemoryBank(options), new MemoryBank(options)];
    const [first, unused, second] = ['a', 'b', 'c'].map((seed) => asTensors(randomBatch(seed, 3, 2, dim)));
    for (const { objects, valid } of [first!, second!]) {
      const before = tf.memory().numTensors;
      bank.stage(unused!.objects, unused!.valid).discard();
      expect(tf.memory().numTensors).toBe(before);
      const staged = bank.stage(objects, valid);
      expect(bank.storedImages).toBe(plain.storedImages);
      staged.commit();
      plain.push(objects, valid);
      expect(await bank.save()).toEqual(await plain.save());
    }
    bank.dispose();
    plain.dispose();
    for (const { objects, valid } of [first!, unused!, second!]) tf.dispose([objects, valid]);
  });

  it('goes on bit for bit after saving and restoring', async () => {
    const options = { images: 7, objectsPerImage: 2, dim, variant: 'released', blockImages: 3 } as const;
    const bank = new MemoryBank({ ...options, rng: Generator.fromSeed(2) });
    const steps = ['a', 'b', 'c', 'd'].map((seed) => asTensors(randomBatch(seed, 3, 2, dim)));
    for (const { objects, valid } of steps.slice(0, 2)) bank.push(objects, valid);
    const restored = MemoryBank.restore(options, await bank.save());
    for (const { objects, valid } of steps.slice(2)) {
      const [a, b] = [bank.query(objects, valid), restored.query(objects, valid)];
      for (const key of Object.keys(a) as (keyof Retrieval)[]) expect(await b[key].data()).toEqual(await a[key].data());
      bank.push(objects, valid);
      restored.push(objects, valid);
      tf.dispose([a, b]);
    }
    expect(await restored.save()).toEqual(await bank.save());
    expect(restored.storedImages).toBe(7);
    tf.dispose(steps);
    bank.dispose();
    restored.dispose();
  });

  it('holds on to no tensors over fifty steps, also inside tf.tidy', async () => {
    const bank = new MemoryBank({ images: 5, objectsPerImage: 2, dim, variant: 'paper', blockImages: 2 });
    const { objects, valid } = asTensors(randomBatch('same', 2, 2, dim));
    const before = tf.memory().numTensors;
    for (let step = 0; step < 50; step++) {
      tf.tidy(() => {
        bank.query(objects, valid);
        bank.push(objects, valid);
      });
    }
    expect(tf.memory().numTensors).toBe(before);
    bank.dispose();
    expect(tf.memory().numTensors).toBe(before - 9);
    tf.dispose([objects, valid]);
  });

  it.runIf(backend === 'onnxruntime')(
    'compiles one graph for all steps, and one for batches across two blocks',
    async () => {
      const compiled = () =>
        (tf.backend() as unknown as { stats(): { sessionsCompiled: number } }).stats().sessionsCompiled;
      const countIn = async (blockImages: number) => {
        const bank = new MemoryBank({ images: 12, objectsPerImage: 2, dim, variant: 'paper', blockImages });
        const before = compiled();
        for (let step = 0; step < 12; step++) {
          const { objects, valid } = asTensors(randomBatch(`${step}`, 2, 2, dim));
          const found = bank.query(objects, valid);
          bank.push(objects, valid);
          await found.index.data();
          tf.dispose([objects, valid, found]);
        }
        bank.dispose();
        return compiled() - before;
      };
      expect(await countIn(4)).toBe(1);
      expect(await countIn(3)).toBe(2);
    },
  );
});

describe('mistakes', () => {
  const options = { images: 4, objectsPerImage: 2, dim: 3, variant: 'paper' } as const;

  it('names the size that makes no sense', () => {
    expect(() => new MemoryBank({ ...options, images: 0 })).toThrow('images: got 0, expected a positive whole number');
    expect(() => new MemoryBank({ ...options, dim: 1.5 })).toThrow('dim: got 1.5');
    expect(() => new MemoryBank({ ...options, variant: 'released' })).toThrow('rng: got none');
  });

  onBackends(['cpu'], () => {
    it('names the tensor of another shape', () => {
      const bank = new MemoryBank(options);
      expect(() => bank.query(tf.zeros([2, 1, 2, 4]), tf.ones([1, 2], 'bool'))).toThrow(/objects.*2, 1, 2, 4/);
      expect(() => bank.push(tf.zeros([2, 1, 2, 3]), tf.ones([2, 2], 'bool'))).toThrow(/valid.*2, 2/);
      bank.dispose();
    });

    it('refuses a saved state of another bank', async () => {
      const bank = new MemoryBank(options);
      const saved = await bank.save();
      expect(() => MemoryBank.restore({ ...options, dim: 4 }, saved)).toThrow(
        /blocks\.0\.vectors has shape \[2,4,6\], expected \[2,4,8\]/,
      );
      const { ring: _, ...incomplete } = saved;
      expect(() => MemoryBank.restore(options, incomplete)).toThrow(/has no ring/);
      bank.dispose();
    });
  });
});

async function expectFound(
  bank: MemoryBank,
  found: Retrieval,
  reference: StoredImage[],
  batch: StoredImage[],
  cosine: boolean,
): Promise<void> {
  const perView = [
    { index: found.index, mask: found.mask, similarity: found.similarity, vectors: found.neighbours, own: 0 },
    { index: found.index2, mask: found.mask2, similarity: found.similarity2, vectors: found.neighbours2, own: 1 },
  ];
  for (const [view, { index, mask, similarity, vectors, own }] of perView.entries()) {
    const wanted = batch.flatMap(({ valid }, b) => valid.map((_, k) => search(reference, batch, view, b, k, cosine)));
    expect([...(await bank.packedIndex(index))]).toEqual(wanted.map((one) => one?.packedIndex ?? -1));
    expect([...(await mask.data())]).toEqual(wanted.map((one) => (one?.cycle ? 1 : 0)));
    const similarities = await similarity.data();
    for (const [i, one] of wanted.entries()) expect(similarities[i]).toBeCloseTo(one?.similarity ?? 0, 5);
    const none = new Array<number>(dim).fill(0);
    const rows = (which: 'own' | 'jump') => wanted.flatMap((one) => one?.[which] ?? none);
    const [bank1, bank2] = own === 0 ? [rows('own'), rows('jump')] : [rows('jump'), rows('own')];
    expect([...(await vectors.data())]).toEqual([...bank1, ...bank2]);
  }
}

/** The images of a bank that was just made, newest first. */
async function imagesOf(
  bank: MemoryBank,
  { images, objectsPerImage, blockImages }: MemoryBankOptions,
): Promise<StoredImage[]> {
  const saved = await bank.save();
  const slots = Array.from({ length: images }, (_, slot) => {
    const { data } = saved[`blocks.${Math.floor(slot / blockImages!)}.vectors`] as HostTensor;
    const row = (view: number, k: number) => {
      const start = ((view * blockImages! + (slot % blockImages!)) * objectsPerImage + k) * dim;
      return Array.from((data as Float32Array).slice(start, start + dim));
    };
    const objects = [0, 1].map((view) => Array.from({ length: objectsPerImage }, (_, k) => row(view, k)));
    return { objects, valid: new Array<boolean>(objectsPerImage).fill(true) };
  });
  return slots.reverse();
}
