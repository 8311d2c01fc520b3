import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { twoViews } from '@cribo/augment';
import { decodeImage } from '@cribo/augment/node';
import { Generator } from '@cribo/tensor';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { realData } from '../../../test-support/golden.js';
import { createLoader, type LoadedBatch, openImages } from '../src/data/index.js';
import { batches, hash, hashes, options, putImage, testFolder } from './data-fixtures.js';

const folder = testFolder();

describe('a loader', () => {
  let files: string[];
  beforeAll(async () => {
    files = await Promise.all(Array.from({ length: 22 }, (_, i) => putImage(join(folder.path, `photos/${i}.png`), i)));
  });

  it('gives whole batches of two views, every image at most once an epoch', async () => {
    const epoch = await batches(options(files));
    expect(epoch).toHaveLength(5);
    for (const { views, positions, recipes } of epoch) {
      expect(views).toHaveLength(2 * 4 * 16 * 16 * 3);
      expect(positions).toHaveLength(2 * 4 * 4 * 2);
      expect(recipes).toHaveLength(4);
    }
    expect(new Set(epoch.flatMap((batch) => batch.files)).size).toBe(20);
  });

  it('gives every image the two views that its place in the epoch draws', async () => {
    const [, batch] = await batches(options(files), 3);
    const i = 2;
    const random = Generator.fromSeed(5)
      .split('loader')
      .split(`3/${4 + i}`);
    const expected = twoViews(await decodeImage(batch!.files[i]!), { size: 16, patchSize: 8 }, random);
    for (const view of [0, 1] as const) {
      const row = view * 4 + i;
      expect(batch!.views.slice(row * 768, (row + 1) * 768)).toEqual(expected.views[view]);
      expect(batch!.positions.slice(row * 8, (row + 1) * 8)).toEqual(expected.positions[view]);
    }
    expect(batch!.recipes[i]).toEqual(expected.recipes);
  });

  it('gives the same batches whatever the worker threads, the prefetching and the cache', async () => {
    const expected = await hashes(options(files));
    expect(await hashes(options(files, { workers: 1, prefetch: 1 }))).toEqual(expected);
    expect(await hashes(options(files, { workers: 4, prefetch: 7, cacheMegabytes: 1 }))).toEqual(expected);
    for (const workers of [0, 2]) {
      const loader = createLoader(options(files, { workers, cacheMegabytes: 0.02 }));
      onTestFinished(() => loader.close());
      const epochs: string[] = [];
      for (const epoch of [0, 1, 0]) for await (const batch of loader.epoch(epoch)) epochs.push(hash(batch));
      expect(epochs.slice(0, 5)).toEqual(expected);
      expect(epochs.slice(10)).toEqual(expected);
    }
  });

  it('resumes in the middle of an epoch', async () => {
    const expected = (await hashes(options(files), 2)).slice(3);
    expect(await hashes(options(files), 2, 3)).toEqual(expected);
    expect(await hashes(options(files, { workers: 2, prefetch: 3 }), 2, 3)).toEqual(expected);
  });

  it('draws anew in every epoch and for every seed', async () => {
    const first = await hashes(options(files));
    for (const other of [await hashes(options(files), 1), await hashes(options(files, { seed: 6 }))]) {
      expect(other.filter((h) => first.includes(h))).toEqual([]);
    }
  });

  it('hands out batches that stay as they are', async () => {
    const loader = createLoader(options(files, { workers: 1 }));
    onTestFinished(() => loader.close());
    const kept: LoadedBatch[] = [];
    for await (const batch of loader.epoch(0)) kept.push(batch);
    for await (const _ of loader.epoch(1)) await _;
    expect(kept.map(hash)).toEqual(await hashes(options(files)));
  });

  it('can be left in the middle of an epoch and goes on anywhere', async () => {
    const loader = createLoader(options(files, { workers: 1 }));
    onTestFinished(() => loader.close());
    for await (const _ of loader.epoch(0)) break;
    const later: string[] = [];
    for await (const batch of loader.epoch(2, 3)) later.push(hash(batch));
    expect(later).toEqual(await hashes(options(files), 2, 3));
  });

  it('gives the images at any places of an epoch, with the views they have there', async () => {
    const whole = await batches(options(files), 1);
    const loader = createLoader(options(files, { workers: 1 }));
    onTestFinished(() => loader.close());
    const iterator = loader.epoch(0);
    await iterator.next();
    const picked = await loader.rows(1, [9, 0, 9]);
    expect(picked.files).toEqual([whole[2]!.files[1], whole[0]!.files[0], whole[2]!.files[1]]);
    expect(picked.recipes[1]).toEqual(whole[0]!.recipes[0]);
    for (const view of [0, 1]) {
      const second = (view * 3 + 2) * 768;
      const there = (view * 4 + 1) * 768;
      expect(picked.views.slice(second, second + 768)).toEqual(whole[2]!.views.slice(there, there + 768));
    }
    expect(hash((await iterator.next()).value)).toBe((await hashes(options(files)))[1]);
    await expect(loader.rows(0, [22])).rejects.toThrow('slots: got 22, wanted whole numbers from 0 to 21');
  });

  const gray = join(realData() ?? '', 'coco128-seg/images/train2017');
  it.skipIf(!existsSync(gray))('reads real photos, a grayscale one among them', async () => {
    const photos = (await openImages(gray)).entries.map(({ file }) => file);
    const channels = await Promise.all(photos.map(async (file) => (await sharp(file).metadata()).channels));
    const grays = photos.filter((_, i) => channels[i] === 1);
    expect(grays.length).toBeGreaterThan(0);
    const [batch] = await batches(
      options([...grays, ...photos.slice(0, 3)], { batchSize: 3 + grays.length, strict: true }),
    );
    expect(batch!.views.every(Number.isFinite)).toBe(true);
  });
});
