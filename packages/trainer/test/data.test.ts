import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { paperPolicy, twoViews } from '@cribo/augment';
import { decodeImage } from '@cribo/augment/node';
import { Generator } from '@cribo/tensor';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { realData } from '../../../test-support/golden.js';
import { createLoader, type LoadedBatch, type LoaderOptions, listImages } from '../src/data/index.js';
import { InputError } from '../src/errors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cribo-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes an image of noise of its own; `name` may lie in folders. */
async function putImage(name: string, seed: number): Promise<string> {
  const random = Generator.fromSeed(seed);
  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.int(256));
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

const putText = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

const options = (files: string[], more: Partial<LoaderOptions> = {}): LoaderOptions => ({
  files,
  batchSize: 4,
  viewSize: 16,
  patchSize: 8,
  policy: paperPolicy,
  seed: 5,
  workers: 0,
  cacheMegabytes: 0,
  strict: false,
  ...more,
});

/** All batches of an epoch from `firstBatch` on. */
async function batches(loaderOptions: LoaderOptions, epoch = 0, firstBatch = 0): Promise<LoadedBatch[]> {
  const loader = createLoader(loaderOptions);
  try {
    const all: LoadedBatch[] = [];
    for await (const batch of loader.epoch(epoch, firstBatch)) all.push(batch);
    return all;
  } finally {
    await loader.close();
  }
}

const hash = ({ views, positions, files }: LoadedBatch): string =>
  createHash('sha256')
    .update(new Uint8Array(views.buffer))
    .update(new Uint8Array(positions.buffer))
    .update(files.join('|'))
    .digest('hex');
const hashes = async (...run: Parameters<typeof batches>) => (await batches(...run)).map(hash);

describe('a loader', () => {
  let files: string[];
  let broken: string;
  beforeAll(async () => {
    files = await Promise.all(Array.from({ length: 22 }, (_, i) => putImage(`photos/${i}.png`, i)));
    broken = await putText('broken.jpg', 'not an image');
  });

  it('gives whole batches of two views, every image at most once an epoch', async () => {
    const epoch = await batches(options(files));
    expect(epoch).toHaveLength(5);
    for (const { views, positions } of epoch) {
      expect(views).toHaveLength(2 * 4 * 16 * 16 * 3);
      expect(positions).toHaveLength(2 * 4 * 4 * 2);
    }
    expect(new Set(epoch.flatMap((batch) => batch.files)).size).toBe(20);
  });

  it('gives every image the two views that its place in the epoch draws', async () => {
    const [, batch] = await batches(options(files), 3);
    const i = 2;
    const random = Generator.fromSeed(5)
      .split('loader')
      .split(`3/${4 + i}`);
    const { views, positions } = twoViews(await decodeImage(batch!.files[i]!), { size: 16, patchSize: 8 }, random);
    for (const view of [0, 1] as const) {
      const row = view * 4 + i;
      expect(batch!.views.slice(row * 768, (row + 1) * 768)).toEqual(views[view]);
      expect(batch!.positions.slice(row * 8, (row + 1) * 8)).toEqual(positions[view]);
    }
  });

  it('gives the same batches whatever the worker threads and the cache', async () => {
    const expected = await hashes(options(files));
    expect(await hashes(options(files, { workers: 1 }))).toEqual(expected);
    expect(await hashes(options(files, { workers: 3, cacheMegabytes: 1 }))).toEqual(expected);
    const loader = createLoader(options(files, { cacheMegabytes: 0.02 }));
    for (let epoch = 0; epoch < 2; epoch++) for await (const _ of loader.epoch(1)) await _;
    const cached: string[] = [];
    for await (const batch of loader.epoch(0)) cached.push(hash(batch));
    expect(cached).toEqual(expected);
  });

  it('resumes in the middle of an epoch', async () => {
    expect(await hashes(options(files), 2, 3)).toEqual((await hashes(options(files), 2)).slice(3));
  });

  it('draws anew in every epoch and for every seed', async () => {
    const first = await hashes(options(files));
    for (const other of [await hashes(options(files), 1), await hashes(options(files, { seed: 6 }))]) {
      expect(other.filter((h) => first.includes(h))).toEqual([]);
    }
  });

  it('can be left in the middle of an epoch', async () => {
    const loader = createLoader(options(files, { workers: 1 }));
    for await (const _ of loader.epoch(0)) break;
    await loader.close();
  });

  it('puts the next readable image in the place of an unreadable one and reports it once', async () => {
    const withBroken = [...files, broken];
    const skipped: string[] = [];
    const onSkip = (file: string, reason: string) => void skipped.push(`${file} ${reason}`);
    const loader = createLoader(options(withBroken, { onSkip, batchSize: 23 }));
    onTestFinished(() => loader.close());
    const epochs: LoadedBatch[] = [];
    for (const epoch of [0, 1]) for await (const batch of loader.epoch(epoch)) epochs.push(batch);
    expect(skipped).toEqual([expect.stringMatching(/broken\.jpg: cannot be read as an image \(.+\)$/)]);
    for (const [epoch, batch] of epochs.entries()) {
      const order = [...Generator.fromSeed(5).split('loader').split(epoch).permutation(23)].map((i) => withBroken[i]!);
      expect(batch.files).toEqual(order.map((file, i) => (file === broken ? order[(i + 1) % 23] : file)));
    }
    expect(await hashes(options(withBroken, { workers: 1, batchSize: 23 }), 1)).toEqual([hash(epochs[1]!)]);
  });

  it('stops at the first unreadable image if it is strict', async () => {
    const error = await batches(options([...files, broken], { strict: true, batchSize: 23 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/broken\.jpg: cannot be read as an image \(.+\)$/);
  });

  it('stops if more than one in twenty images cannot be read', async () => {
    const missing = join(folder, 'missing.jpg');
    const error = await batches(options([...files, broken, missing], { batchSize: 24 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(
      /^2 of 24 images cannot be read, expected at most 5 %; the last was .*\.jpg: cannot be read as an image \(.+\)$/,
    );
  });

  const gray = join(realData() ?? '', 'coco128-seg/images/train2017');
  it.skipIf(!existsSync(gray))('reads real photos, a grayscale one among them', async () => {
    const photos = await listImages(gray);
    const channels = await Promise.all(photos.map(async (file) => (await sharp(file).metadata()).channels));
    const grays = photos.filter((_, i) => channels[i] === 1);
    expect(grays.length).toBeGreaterThan(0);
    const [batch] = await batches(
      options([...grays, ...photos.slice(0, 3)], { batchSize: 3 + grays.length, strict: true }),
    );
    expect(batch!.views.every(Number.isFinite)).toBe(true);
  });
});

describe('listImages', () => {
  it('finds the images below a folder in a fixed order', async () => {
    const names = ['tree/b/2.PNG', 'tree/a/10.jpeg', 'tree/1.png'];
    for (const name of names) await putText(name, '');
    await putText('tree/notes.txt', '');
    expect(await listImages(join(folder, 'tree'))).toEqual([...names].sort().map((name) => join(folder, name)));
  });

  it('reads a list of paths relative to the list', async () => {
    const list = await putText('lists/train.txt', `../photos/0.png\r\n\n  ${join(folder, 'photos/1.png')}\n`);
    expect(await listImages(list)).toEqual([join(folder, 'photos/0.png'), join(folder, 'photos/1.png')]);
  });

  it('reads a list of Pascal VOC ids', async () => {
    const list = await putText('VOC2012/ImageSets/Segmentation/train.txt', '2007_000032\n2007_000039\n');
    const images = join(folder, 'VOC2012/JPEGImages');
    expect(await listImages(list)).toEqual([join(images, '2007_000032.jpg'), join(images, '2007_000039.jpg')]);
  });

  it.each([
    ['a folder that does not exist', 'nowhere', undefined, /nowhere: no such folder or list file of images$/],
    [
      'a folder without images',
      'nothing',
      'nothing/notes.txt',
      /nothing: holds no image, expected files ending in jpg, .*$/,
    ],
    ['an empty list', 'empty.txt', 'empty.txt', /empty\.txt: holds no image, expected files ending in .*$/],
    ['a line that is no path', 'bad.txt', 'bad.txt', /bad\.txt: line 3 is "id 17", expected the path of an image$/],
    [
      'an image in place of a list',
      'one.jpg',
      'one.jpg',
      /one\.jpg: is a single image, expected a folder or a list file/,
    ],
  ])('refuses %s in one sentence', async (_, source, file, sentence) => {
    if (file !== undefined) await putText(file, source === 'bad.txt' ? 'a.png\n\nid 17\n' : '');
    await expect(listImages(join(folder, source))).rejects.toThrow(sentence);
  });
});
