import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { Generator } from '@cribo/tensor';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createLoader, type LoadedBatch, type LoaderOptions } from '../src/data/index.js';
import { InputError } from '../src/errors.js';
import { batches, hash, hashes, noise, options, put, putImage, runProgram, testFolder } from './data-fixtures.js';

const folder = testFolder();
const at = (name: string) => join(folder.path, name);

describe('an unreadable image', () => {
  let files: string[];
  let broken: string;
  beforeAll(async () => {
    files = await Promise.all(Array.from({ length: 22 }, (_, i) => putImage(at(`photos/${i}.png`), i)));
    broken = await put(at('broken.jpg'), 'not an image');
  });

  it('is replaced by the next readable one of the epoch and reported once', async () => {
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

  it('stops a strict loader', async () => {
    const error = await batches(options([...files, broken], { strict: true, batchSize: 23 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/broken\.jpg: cannot be read as an image \(.+\)$/);
  });

  it('stops any loader if there are more of them than allowed', async () => {
    const all = [...files, broken, at('missing.jpg')];
    const error = await batches(options(all, { batchSize: 24 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(
      /^2 of 24 images cannot be read, expected at most 5 %; the last was .*\.jpg: cannot be read as an image \(.+\)$/,
    );
    expect(await batches(options(all, { batchSize: 24, maxUnreadable: 0.1 }))).toHaveLength(1);
  });

  it('is one of more pixels than allowed', async () => {
    const reasons: string[] = [];
    const onSkip = (_: string, reason: string) => void reasons.push(reason);
    await expect(batches(options(files, { maxMegapixels: 0.001, maxUnreadable: 1, onSkip }))).rejects.toThrow(
      'no image can be read',
    );
    expect(reasons).toHaveLength(22);
    expect(reasons[0]).toMatch(/\.png: cannot be read as an image \(0\.0012 megapixels, at most 0\.001 are read\)$/);
  });
});

/** A PNG of one bit per pixel, all black, of which `share` is there: large in memory, small as a file. */
function blackPng(side: number, share = 1): Buffer {
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const whole = [signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat(whole).subarray(0, Math.ceil(share * Buffer.concat(whole).length));
}

describe('200 damaged images among 500', () => {
  const damaged: string[] = [];
  /** How much the process may grow: two threads, one image of 280 MiB in each, and the batches. */
  const mostMiB = 900;

  beforeAll(async () => {
    const jpeg = await noise(1).jpeg().toBuffer();
    const png = await noise(2).png().toBuffer();
    for (let i = 0; i < 500; i++) await put(at(`many/good-${i}.${i % 2 ? 'jpg' : 'png'}`), i % 2 ? jpeg : png);
    const putDamaged = async (kind: string, count: number, content: string | Uint8Array) => {
      for (let i = 0; i < count; i++) damaged.push(await put(at(`many/${kind.replace('#', String(i))}`), content));
    };
    await putDamaged('truncated-#.jpg', 45, jpeg.subarray(0, jpeg.length * 0.6));
    await putDamaged('truncated-#.png', 45, png.subarray(0, png.length * 0.6));
    await putDamaged('wrong-header-#.jpg', 30, Buffer.concat([Buffer.alloc(4), jpeg.subarray(4)]));
    await putDamaged('broken-header-#.png', 20, Buffer.concat([png.subarray(0, 12), Buffer.alloc(200, 0xff)]));
    await putDamaged('empty-#.jpg', 25, '');
    await putDamaged('text-#.jpg', 25, 'A letter, not a photo.\n'.repeat(100));
    await putDamaged('bomb-#.png', 4, blackPng(30_000));
    await putDamaged('large-truncated-#.png', 4, blackPng(9_900, 0.9));
    damaged.push(at('many/folder.jpg'), at('many/dangling.jpg'));
    await mkdir(at('many/folder.jpg'));
    await symlink('nowhere.jpg', at('many/dangling.jpg'));
    expect(damaged).toHaveLength(200);
  });

  it('are each named once, while batches go on and memory stays bounded', async () => {
    const settings: Partial<LoaderOptions> = { ...options([]), batchSize: 10, workers: 2, maxUnreadable: 0.5 };
    const { code, stdout, stderr } = await runProgram(
      `const { entries } = await openImages(values.folder);
      const skipped = [];
      const loader = createLoader({ ...values.settings, entries, onSkip: (file, reason) => skipped.push([file, reason]) });
      const before = process.resourceUsage().maxRSS;
      const files = [];
      for (const epoch of [0, 1]) for await (const batch of loader.epoch(epoch)) files.push(batch.files);
      await loader.close();
      const grownMiB = (process.resourceUsage().maxRSS - before) / 1024;
      console.log(JSON.stringify({ images: entries.length, skipped, files, grownMiB }));`,
      { folder: at('many'), settings },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { images, skipped, files, grownMiB } = JSON.parse(stdout) as {
      images: number;
      skipped: [string, string][];
      files: string[][];
      grownMiB: number;
    };
    expect(images).toBe(700);
    expect(skipped.map(([file]) => file).sort()).toEqual([...damaged].sort());
    for (const [file, reason] of skipped) expect(reason).toMatch(new RegExp(`${basename(file)}: cannot be read .+`));
    const reasonOf = (name: string) => skipped.find(([file]) => file.endsWith(name))![1];
    expect(reasonOf('bomb-0.png')).toMatch(/\(900 megapixels, at most 100 are read\)$/);
    expect(reasonOf('folder.jpg')).toMatch(/\(is a folder\)$/);
    expect(reasonOf('empty-0.jpg')).toMatch(/\(is empty\)$/);
    expect(files).toHaveLength(140);
    expect(new Set(files.flat()).size).toBe(500);
    expect(files.flat().every((file) => basename(file).startsWith('good-'))).toBe(true);
    expect(grownMiB).toBeLessThan(mostMiB);
  });
});

describe('images of hundreds of megabytes', () => {
  it('are in memory one at a time, however many are asked for', async () => {
    for (let i = 0; i < 4; i++) await put(at(`large/${i}.png`), blackPng(9_900));
    const { stdout, stderr } = await runProgram(
      `const { createImageReader } = await import(values.reader);
      const read = createImageReader({ maxMegapixels: 100 });
      const before = process.resourceUsage().maxRSS;
      const sizes = await Promise.all(
        values.files.map((file) => read({ name: file, file }, ({ width, data }) => [width, data.length])),
      );
      console.log(JSON.stringify({ sizes, grownMiB: (process.resourceUsage().maxRSS - before) / 1024 }));`,
      {
        reader: new URL('../src/data/read-image.ts', import.meta.url).href,
        files: [0, 1, 2, 3].map((i) => at(`large/${i}.png`)),
      },
    );
    expect(stderr).toBe('');
    const { sizes, grownMiB } = JSON.parse(stdout);
    expect(sizes).toEqual(Array(4).fill([9_900, 3 * 9_900 ** 2]));
    // One takes 280 MiB; all four would take 1120.
    expect(grownMiB).toBeLessThan(800);
  });
});
