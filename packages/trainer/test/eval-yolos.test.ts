import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cocoAp } from '@cribo/eval-seg';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, pretrain } from '../src/index.js';
import { cribo, scratch } from './cribo.js';
import { putImages, tiny } from './tiny-run.js';

/** Three images of one bright rectangle each in both splits, in COCO's layout. */
async function boxes(): Promise<string> {
  const root = scratch();
  mkdirSync(join(root, 'annotations'));
  for (const split of ['train2017', 'val2017']) {
    mkdirSync(join(root, split));
    const images = [];
    const annotations = [];
    for (let i = 0; i < 3; i++) {
      const box = await sharp({ create: { width: 20, height: 15, channels: 3, background: '#eee' } })
        .png()
        .toBuffer();
      await sharp({ create: { width: 60, height: 40, channels: 3, background: '#222' } })
        .composite([{ input: box, left: 5 + 10 * i, top: 8 }])
        .png()
        .toFile(join(root, split, `${i}.png`));
      images.push({ id: 10 + i, file_name: `${i}.png`, width: 60, height: 40 });
      annotations.push({
        id: i + 1,
        image_id: 10 + i,
        category_id: 3,
        bbox: [5 + 10 * i, 8, 20, 15],
        area: 300,
        iscrowd: 0,
      });
    }
    const file = { images, annotations, categories: [{ id: 3, name: 'box' }] };
    writeFileSync(join(root, 'annotations', `instances_${split}.json`), JSON.stringify(file));
  }
  return root;
}

describe('cribo eval yolos', () => {
  let run: string;
  let root: string;
  beforeAll(async () => {
    const config = await loadConfig({ overrides: { ...tiny, training: { epochs: 1, batchSize: 4 } } });
    run = join(scratch(), 'run');
    await pretrain({ source: await putImages(4), out: run, config });
    root = await boxes();
  }, 60_000);

  const short = ['--image-size', '32', '--tokens', '4', '--batch-size', '2', '--iterations', '2'];
  const evaluate = (...args: string[]) =>
    cribo('eval', 'yolos', '--checkpoint', run, '--root', root, ...short, ...args);

  it('explains itself', () => {
    const { status, stdout } = cribo('eval', 'yolos', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: cribo eval yolos/);
    for (const flag of ['--root', '--epochs', '--iterations', '--lr', '--image-size', '--detections', '--limit']) {
      expect(stdout).toContain(flag);
    }
  });

  it('prints JSON alone on stdout, keeps it, and writes the detections that it has scored', () => {
    const detections = join(scratch(), 'detections.json');
    const first = evaluate('--json', '--detections', detections);
    expect(first.stderr).toContain('train');
    expect(first.status).toBe(0);
    const result = JSON.parse(first.stdout);
    expect(result).toMatchObject({
      protocol: 'yolos',
      weights: 'teacher',
      train: { name: 'coco train2017', images: 3 },
      val: { name: 'coco val2017', images: 3 },
      imageSize: 32,
      tokens: 4,
      iterations: 2,
      learningRate: 2.5e-5,
      weightDecay: 1e-4,
      detections: 12,
      categories: [{ id: 3, name: 'box' }],
    });
    expect(result.trainLoss).toBeGreaterThan(0);
    const found = JSON.parse(readFileSync(detections, 'utf8'));
    const groundTruth = JSON.parse(readFileSync(join(root, 'annotations', 'instances_val2017.json'), 'utf8'));
    expect(found).toHaveLength(12);
    expect(result.AP).toBe(cocoAp({ groundTruth, detections: found }).AP);

    // The same without a file to write is known already; with one it is computed again.
    expect(evaluate('--json').stderr).toMatch(/^Evaluated before/);
    const again = join(scratch(), 'again.json');
    expect(evaluate('--detections', again).status).toBe(0);
    expect(existsSync(again)).toBe(true);
  });

  it("prints the paper's columns to people", () => {
    const { stdout } = evaluate('--weights', 'random', '--limit', '2');
    expect(stdout).toMatch(
      /^YOLOS detection, random weights at step 0: coco val2017 \(2 images\) after 2 iterations of 2 images of coco train2017 \(2\), 32 px, training loss \d+\.\d{4}\. In %:/,
    );
    expect(stdout).toMatch(/^ {2}AP +AP50 +AP75 *\n {2}\d+\.\d +\d+\.\d +\d+\.\d/m);
    expect(stdout).toMatch(/^ {2}APsmall +APmedium +APlarge *\n {2}\d+\.\d +– +–/m);
  });

  it.each([
    [['--image-size', '30'], /--image-size is 30, expected a multiple of the checkpoint's patch size 8\./],
    [['--val-split', 'test'], /instances_test\.json: no such file, found the splits train2017, val2017 there/],
    [['--detections', '/nowhere/a.json'], /--detections is \/nowhere\/a\.json, which cannot be written \(ENOENT\)\./],
    [['--lr', '0'], /learningRate: got 0, wanted a positive number/],
    [['--epochs', 'x'], /--epochs.*expected a positive whole number/],
  ])('refuses %j in one sentence', (args, sentence) => {
    const { status, stdout, stderr } = evaluate(...args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });
});
