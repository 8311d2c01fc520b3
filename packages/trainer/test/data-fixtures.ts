import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { paperPolicy } from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { createLoader, type ImageEntry, type LoadedBatch, type LoaderOptions } from '../src/data/index.js';

/** A folder of its own for the tests of a file. */
export function testFolder(): { path: string } {
  const folder = { path: '' };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'cribo-data-'));
  });
  afterAll(() => rm(folder.path, { recursive: true }));
  return folder;
}

/** Writes a file, and the folders it lies in. */
export async function put(file: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** An image of noise, 40 x 30 pixels. */
export function noise(seed: number): Sharp {
  const random = Generator.fromSeed(seed);
  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.int(256));
  return sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
}

export const putImage = async (file: string, seed: number): Promise<string> =>
  put(file, await noise(seed).png().toBuffer());

export const entriesOf = (files: readonly string[]): ImageEntry[] => files.map((file) => ({ name: file, file }));

export const options = (files: readonly string[], more: Partial<LoaderOptions> = {}): LoaderOptions => ({
  entries: entriesOf(files),
  batchSize: 4,
  viewSize: 16,
  patchSize: 8,
  policy: paperPolicy,
  seed: 5,
  workers: 0,
  prefetch: 2,
  cacheMegabytes: 0,
  maxMegapixels: 100,
  strict: false,
  maxUnreadable: 0.05,
  ...more,
});

/** All batches of an epoch from `firstBatch` on. */
export async function batches(loaderOptions: LoaderOptions, epoch = 0, firstBatch = 0): Promise<LoadedBatch[]> {
  const loader = createLoader(loaderOptions);
  try {
    const all: LoadedBatch[] = [];
    for await (const batch of loader.epoch(epoch, firstBatch)) all.push(batch);
    return all;
  } finally {
    await loader.close();
  }
}

export const hash = ({ views, positions, files, recipes }: LoadedBatch): string =>
  createHash('sha256')
    .update(new Uint8Array(views.buffer))
    .update(new Uint8Array(positions.buffer))
    .update(files.join('|'))
    .update(JSON.stringify(recipes))
    .digest('hex');

export const hashes = async (...run: Parameters<typeof batches>) => (await batches(...run)).map(hash);

/**
 * Runs a program that uses the loader in a process of its own.
 * @param program module code; `createLoader`, `openImages` and `values` are at hand
 * @returns how it ended, and what it printed
 */
export async function runProgram(
  program: string,
  values: object,
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    import { createLoader, openImages } from ${source('../src/data/index.ts')};
    const values = ${JSON.stringify(values)};
    ${program}`;
  const options = ['--conditions=@cribo/source', '--import', 'tsx', '--input-type=module', '--eval', code];
  const child = spawn(process.execPath, options, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: exitCode, signal, stdout, stderr };
}
