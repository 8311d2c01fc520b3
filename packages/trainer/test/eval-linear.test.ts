import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Generator } from '@cribo/tensor';
import { vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { listEvaluations } from '../src/evaluations/saved.js';
import { loadConfig, pretrain } from '../src/index.js';
import { initNetwork, networkConfig } from '../src/model.js';
import { patchFeatures } from '../src/network-features.js';
import { cribo, scratch } from './cribo.js';
import { putImages, tiny } from './tiny-run.js';

/** `train` and `val` of three images each: a bright half (1) beside a dark one (0). */
async function labelledFolder(): Promise<string> {
  const root = scratch();
  const [width, height] = [60, 40];
  for (const split of ['train', 'val']) {
    for (const kind of ['images', 'masks']) mkdirSync(join(root, split, kind), { recursive: true });
    for (let i = 0; i < 3; i++) {
      const labels = Buffer.from(Uint8Array.from({ length: width * height }, (_, p) => (p % width < 20 + i ? 0 : 1)));
      const raw = { width, height, channels: 1 as const };
      const mask = sharp(labels, { raw }).toColourspace('b-w').png();
      await mask.toFile(join(root, split, 'masks', `${i}.png`));
      const bright = labels.map((label) => label * 200 + 20);
      await sharp(bright, { raw })
        .toColourspace('srgb')
        .png()
        .toFile(join(root, split, 'images', `${i}.png`));
    }
  }
  return root;
}

describe('cribo eval linear', () => {
  let run: string;
  let root: string;
  beforeAll(async () => {
    const config = await loadConfig({
      overrides: { ...tiny, model: { ...tiny.model!, depth: 4 }, training: { epochs: 1, batchSize: 4 } },
    });
    run = join(scratch(), 'run');
    await pretrain({ source: await putImages(4), out: run, config });
    root = await labelledFolder();
  }, 60_000);

  const evaluate = (...args: string[]) =>
    cribo('eval', 'linear', '--checkpoint', run, '--root', root, '--dataset', 'folder', ...args);

  it('explains itself', () => {
    const { status, stdout } = cribo('eval', 'linear', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: cribo eval linear/);
    for (const flag of ['--layers', '--lr', '--iterations', '--crop-size', '--inference', '--train-split']) {
      expect(stdout).toContain(flag);
    }
  });

  it('prints JSON alone on stdout, with all that led to it, and writes the same to a file', () => {
    const out = join(scratch(), 'result.json');
    const args = ['--layers', '4', '--crop-size', '32', '--batch-size', '2', '--iterations', '3', '--lr', '0.01,0.1'];
    const { status, stdout, stderr } = evaluate(...args, '--json', '--out', out);
    expect(stderr).toContain('train');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      protocol: 'linear',
      weights: 'teacher',
      layers: 4,
      featureDim: 4 * 24,
      train: { images: 3 },
      val: { images: 3 },
      cropSize: 32,
      batchSize: 2,
      iterations: 3,
    });
    expect(result.runs.map(({ learningRate }: { learningRate: number }) => learningRate)).toEqual([0.01, 0.1]);
    expect(result.best.mIoU).toBe(Math.max(...result.runs.map(({ mIoU }: { mIoU: number }) => mIoU)));
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(result);
    const counted = result.confusion.flat().reduce((sum: number, pixels: number) => sum + pixels, 0);
    expect(counted).toBe(3 * 60 * 40);
    const [saved] = listEvaluations(run);
    expect(saved!.pictures.map(({ file }) => basename(file))).toEqual([
      'prediction-1.png',
      'prediction-2.png',
      'prediction-3.png',
      'class-iou.png',
      'confusion.png',
    ]);
    expect(saved!.pictures[0]!.caption).toBe('0: the image, its ground truth and the prediction.');
    expect(saved!.pictures[3]!.caption).toBe(`IoU of every class, learning rate ${result.best.learningRate}.`);
  });

  it('prints the best learning rate and a line for each to people', () => {
    const args = ['--weights', 'random', '--crop-size', '32', '--iterations', '1', '--limit', '1', '--lr', '0.1'];
    const { stdout } = evaluate(...args, '--inference', 'whole');
    expect(stdout).toMatch(/^Linear segmentation, random weights at step 0, last block: .*val \(1 images\)/);
    expect(stdout).toMatch(/mIoU \d+\.\d\d % at learning rate 0\.1, the best of 1:/);
    expect(stdout).toMatch(/^ {2}0\.1 +\d+\.\d\d +\d+\.\d\d +\d+\.\d{4}/m);
  });

  it.each([
    [['--crop-size', '30'], /--crop-size is 30, expected a multiple of the checkpoint's patch size 8\./],
    [['--lr', '0.1,x'], /--lr.*expected positive numbers with commas between them/],
    [['--layers', '3'], /--layers.*Allowed choices are 1, 4/],
    [['--crop-size', '32', '--stride', '64'], /stride: got 64, wanted at most the crop size 32/],
    [['--val-split', 'test', '--crop-size', '32'], /test/],
  ])('refuses %j in one sentence', (args, sentence) => {
    const { status, stdout, stderr } = evaluate(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });
});

onBackends(['cpu'], () => {
  describe('patchFeatures', () => {
    it('puts the last blocks side by side, of which only the last one has passed the final norm', async () => {
      const network = networkConfig(await loadConfig({ overrides: { ...tiny, model: { ...tiny.model!, depth: 4 } } }));
      const params = initNetwork(network, Generator.fromSeed(1));
      const images = Generator.fromSeed(2).uniformTensor([2, 32, 32, 3]) as tf.Tensor4D;
      const before = tf.memory().numTensors;
      const one = patchFeatures(params, network)(images);
      const three = patchFeatures(params, network, 3)(images);
      expect(tf.memory().numTensors).toBe(before + 2);
      expect([one.shape, three.shape]).toEqual([
        [2, 16, 24],
        [2, 16, 72],
      ]);
      const backbone = Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name.replace('backbone.', ''), value]),
      );
      const { hidden } = vitForward(backbone, network.backbone, images, { returnHidden: true });
      const [features, last, second] = [await three.data(), await one.data(), await hidden![2]!.data()];
      for (const row of [0, 5, 31]) {
        const [image, patch] = [Math.floor(row / 16), row % 16];
        expect(features.slice(row * 72 + 48, row * 72 + 72)).toEqual(last.slice(row * 24, row * 24 + 24));
        const token = (image * 17 + 1 + patch) * 24;
        expect(features.slice(row * 72, row * 72 + 24)).toEqual(second.slice(token, token + 24));
      }
    });
  });
});
