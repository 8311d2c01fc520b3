import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ConfigInput } from '../src/index.js';

/** A network, views and a loader with which a step takes milliseconds. */
export const tinyNetwork = {
  model: { arch: 'vit_tiny', patchSize: 8, embedDim: 24, depth: 2, numHeads: 2 },
  head: { hiddenDim: 16, bottleneckDim: 8, outDim: 32, objectOutDim: 24 },
  views: { imageSize: 32 },
  clustering: { clusters: 4 },
  loading: { workers: 0 },
} satisfies ConfigInput;

/** Settings of a run of a few steps. */
export const tiny: ConfigInput = {
  ...tinyNetwork,
  bank: { images: 8 },
  optimizer: { lr: 0.05, warmupEpochs: 1 },
  training: { epochs: 3, batchSize: 4 },
  logging: { report: false },
};

/** A folder of `count` pictures of 64 × 48 pixels. */
export async function putImages(count: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cribo-images-'));
  for (let i = 0; i < count; i++) {
    const pixels = Buffer.from({ length: 64 * 48 * 3 } as ArrayLike<number>).map((_, p) => (p * (i + 3) * 7919) % 251);
    await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toFile(join(folder, `${i}.png`));
  }
  return folder;
}

/** The rows of a run's `metrics.jsonl`. */
export const metrics = (out: string) =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
