import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTensorFile } from '../src/checkpoint/tensor-file.js';
import { listEvaluations } from '../src/evaluations/saved.js';
import { loadConfig, pretrain } from '../src/index.js';
import { cribo, scratch } from './cribo.js';
import { layouts, putLabelled } from './labelled-layouts.js';
import { putImages, tiny } from './tiny-run.js';

describe('cribo eval segmenter', () => {
  let run: string;
  let root: string;
  beforeAll(async () => {
    const config = await loadConfig({ overrides: { ...tiny, training: { ...tiny.training, maxSteps: 1 } } });
    run = join(scratch(), 'run');
    await pretrain({ source: await putImages(4), out: run, config });
    root = await putLabelled(layouts.folder!);
  }, 60_000);

  const evaluate = (...args: string[]) => {
    const data = ['--checkpoint', run, '--root', root, '--dataset', 'folder'];
    return cribo('eval', 'segmenter', ...data, ...args);
  };
  const small = ['--crop-size', '32', '--batch-size', '2', '--iterations', '2'];

  it('trains once per learning rate, prints JSON alone on stdout, keeps the result and the trained networks', () => {
    const weights = join(scratch(), 'some', 'weights');
    const args = [...small, '--lr', '0.0001,0.001', '--decoder-layers', '1', '--class-subset', '0,2'];
    const { status, stdout, stderr } = evaluate(...args, '--json', '--save-weights', weights);
    expect(stderr).toMatch(/train, lr 0\.0001 2\/2.*loss \d+\.\d{3}/);
    expect(stderr).toMatch(/val, lr 0\.001 2\/2/);
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      protocol: 'segmenter',
      weights: 'teacher',
      decoder: { layers: 1, heads: 2, dim: 24 },
      dropPath: 0.1,
      train: { images: 2 },
      val: { images: 2 },
      cropSize: 32,
      batchSize: 2,
      iterations: 2,
      classSubset: [0, 2],
    });
    expect(result.runs.map(({ learningRate }: { learningRate: number }) => learningRate)).toEqual([0.0001, 0.001]);
    expect(result.best.mIoU).toBe(Math.max(...result.runs.map(({ mIoU }: { mIoU: number }) => mIoU)));
    expect(result.headline).toEqual([
      { name: 'mIoU', value: result.best.mIoU },
      { name: 'mIoU, subset', value: result.best.mIoUSubset },
    ]);
    expect(listEvaluations(run).at(-1)!.result).toEqual(result);

    expect(readdirSync(weights).sort()).toEqual(['lr-0.0001.safetensors', 'lr-0.001.safetensors']);
    const [checkpoint] = readdirSync(join(run, 'checkpoints'));
    const before = readTensorFile(join(run, 'checkpoints', checkpoint!, 'teacher.safetensors'));
    const after = readTensorFile(join(weights, 'lr-0.001.safetensors'));
    for (const [name, { shape, data }] of before) {
      if (!name.startsWith('backbone.')) continue;
      expect(after.get(name)!.shape).toEqual(shape);
      expect(after.get(name)!.data).not.toEqual(data);
    }
    expect(after.get('decoder.layers.0.fc1.weight')!.shape).toEqual([96, 24]);
    expect([...after.keys()].filter((name) => !/^(backbone|decoder)\./.test(name))).toEqual([]);

    // The result is kept by now, the networks are not in it.
    rmSync(weights, { recursive: true });
    expect(evaluate(...args, '--save-weights', weights).stderr).not.toContain('Evaluated before');
    expect(readdirSync(weights)).toHaveLength(2);
  });

  it('prints the best learning rate and a line for each to people', () => {
    const args = [...small, '--weights', 'random', '--limit', '1', '--lr', '1e-3', '--inference', 'whole'];
    const { stdout } = evaluate(...args);
    expect(stdout).toMatch(/^Segmenter, random weights at step 0, 2 decoder layers: .*val \(1 images\)/);
    expect(stdout).toMatch(/mIoU \d+\.\d\d % at learning rate 0\.001, the best of 1:/);
    expect(stdout).toMatch(/^ {2}0\.001 +\d+\.\d\d +\d+\.\d\d +\d+\.\d{4}/m);
  });

  it.each([
    [['--crop-size', '30'], /--crop-size is 30, expected a multiple of the checkpoint's patch size 8\./],
    [['--drop-path', '1'], /--drop-path is 1, expected a number below 1\./],
    [['--decoder-layers', '0'], /--decoder-layers.*expected a positive whole number/],
    [['--crop-size', '32', '--stride', '64'], /stride: got 64, wanted at most the crop size 32/],
  ])('refuses %j in one sentence', (args, sentence) => {
    expectRefused(evaluate(...args), sentence);
  });

  it('refuses a folder for weights that is a file, before it trains', () => {
    const file = join(scratch(), 'file');
    writeFileSync(file, 'text');
    expectRefused(
      evaluate(...small, '--save-weights', file),
      /--save-weights: the folder .*file cannot be made: EEXIST/,
    );
    expect(readFileSync(file, 'utf8')).toBe('text');
  });
});

function expectRefused({ status, stdout, stderr }: ReturnType<typeof cribo>, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBeGreaterThan(0);
  expect(stdout).toBe('');
}
