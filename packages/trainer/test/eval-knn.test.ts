import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator } from '@cribo/tensor';
import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { clsFeatures, loadConfig, pretrain } from '../src/index.js';
import { initNetwork, networkConfig } from '../src/model.js';
import { cribo, scratch } from './cribo.js';
import { putImages, tiny } from './tiny-run.js';

/** `train` and `val` with three images each of a red and of a blue class. */
async function colourFolder(): Promise<string> {
  const root = scratch();
  for (const [split, name, background] of [
    ['train', 'red', { r: 220, g: 20, b: 20 }],
    ['train', 'blue', { r: 20, g: 20, b: 220 }],
    ['val', 'red', { r: 200, g: 30, b: 10 }],
    ['val', 'blue', { r: 10, g: 30, b: 200 }],
  ] as const) {
    mkdirSync(join(root, split, name), { recursive: true });
    for (let i = 0; i < 3; i++) {
      const image = sharp({ create: { width: 50 + i, height: 40, channels: 3, background } });
      await image.png().toFile(join(root, split, name, `${i}.png`));
    }
  }
  return root;
}

describe('cribo eval knn', () => {
  let run: string;
  let root: string;
  beforeAll(async () => {
    const config = await loadConfig({ overrides: { ...tiny, training: { epochs: 1, batchSize: 4 } } });
    run = join(scratch(), 'run');
    await pretrain({ source: await putImages(4), out: run, config });
    root = await colourFolder();
  }, 60_000);

  const evaluate = (...args: string[]) => cribo('eval', 'knn', '--checkpoint', run, '--root', root, ...args);

  it('explains itself', () => {
    const { status, stdout } = cribo('eval', 'knn', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: cribo eval knn/);
    for (const flag of ['--root', '--train-split', '--val-split', '--k', '--temperature', '--image-size']) {
      expect(stdout).toContain(flag);
    }
  });

  it('tells colours apart, prints JSON alone on stdout, and writes the same to a file', () => {
    const out = join(scratch(), 'result.json');
    const { status, stdout, stderr } = evaluate('--k', '1,2', '--json', '--out', out);
    expect(stderr).toContain('retrieval');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      protocol: 'knn',
      weights: 'teacher',
      train: { name: 'train', images: 6 },
      val: { name: 'val', images: 6 },
      classes: 2,
      imageSize: 32,
      featureDim: 24,
      temperature: 0.07,
      runs: [
        { k: 1, top1: 1 },
        { k: 2, top1: 1, top5: 1 },
      ],
    });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(result);
  });

  it('prints a line for every number of neighbours to people', () => {
    const { stdout } = evaluate('--weights', 'random', '--val-split', 'train', '--k', '1,20');
    expect(stdout).toMatch(
      /^k-NN classification, random weights at step 0: train \(6 images\) by train \(6\), 2 classes, 32 px/,
    );
    expect(stdout).toMatch(/^ {2}k +top-1 +top-5 *$/m);
    expect(stdout).toMatch(/^ {2}1 +100\.00 +100\.00$/m);
    expect(stdout).toMatch(/^ {2}20 +\d+\.\d\d +100\.00$/m);
  });

  it.each([
    [['--val-split', 'test'], /test: no such folder, expected one folder per class in it, found train, val beside it/],
    [['--image-size', '30'], /--image-size is 30, expected a multiple of the checkpoint's patch size 8\./],
    [['--k', '0,1'], /ks: got 0, 1, wanted positive whole numbers/],
    [['--temperature', '-1'], /--temperature.*expected a positive number/],
  ])('refuses %j in one sentence', (args, sentence) => {
    const { status, stdout, stderr } = evaluate(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });

  it('names an image that cannot be read', () => {
    mkdirSync(join(root, 'broken', 'red'), { recursive: true });
    writeFileSync(join(root, 'broken', 'red', 'a.jpg'), 'no image');
    const { status, stderr } = evaluate('--val-split', 'broken');
    expect(stderr).toMatch(/^cribo: .*broken.red.a\.jpg: cannot be read as an image/m);
    expect(status).toBe(2);
  });
});

onBackends(['cpu'], () => {
  describe('clsFeatures', () => {
    it('are the CLS tokens after the final norm', async () => {
      const network = networkConfig(await loadConfig({ overrides: tiny }));
      const params = initNetwork(network, Generator.fromSeed(1));
      const images = Generator.fromSeed(2).uniformTensor([2, 32, 32, 3]) as tf.Tensor4D;
      const before = tf.memory().numTensors;
      const features = clsFeatures(params, network)(images);
      expect(tf.memory().numTensors).toBe(before + 1);
      const { cls } = vitForward(unprefixed(params, 'backbone.'), network.backbone, images);
      expect(features.shape).toEqual([2, 24]);
      expect(await features.data()).toEqual(await cls.data());
    });
  });
});
