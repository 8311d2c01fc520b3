import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type ConfigInput, loadConfig, pretrain } from '../src/index.js';
import { tinyNetwork } from './tiny-run.js';

/** Ten images with an object each: a disc on a ground, in colours of their own. */
export async function drawImages(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cribo-report-images-'));
  for (let i = 0; i < 10; i++) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="72">
      <rect width="96" height="72" fill="hsl(${i * 36} 60% 35%)"/>
      <circle cx="${30 + 4 * i}" cy="${50 - 3 * i}" r="${14 + i}" fill="hsl(${i * 97 + 180} 80% 60%)"/></svg>`;
    await sharp(Buffer.from(svg))
      .png()
      .toFile(join(folder, `image-${i}.png`));
  }
  return folder;
}

const tiny = {
  ...tinyNetwork,
  bank: { images: 7 },
  training: { epochs: 4, batchSize: 3 },
  logging: { phasesEvery: 4 },
} satisfies ConfigInput;

/** A real run of 12 steps on `source`, small enough for a test; returns its folder. */
export async function tinyRun(source: string, over: ConfigInput = {}): Promise<string> {
  const out = join(mkdtempSync(join(tmpdir(), 'cribo-report-')), 'tiny-run');
  const config = await loadConfig({ overrides: { ...tiny, ...over, bank: { ...tiny.bank, ...over.bank } } });
  await pretrain({ source, out, config });
  return out;
}
