import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, type PretrainResult } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../src/draw-images.js';
import { pretrainFolder } from '../src/pretrain-folder.js';

/** A network and views so small that a step takes milliseconds. */
const tiny = [
  'model.embedDim=24',
  'model.depth=2',
  'head.hiddenDim=32',
  'head.outDim=32',
  'head.objectOutDim=32',
  'views.imageSize=32',
  'clustering.clusters=4',
  'training.batchSize=4',
  'training.epochs=2',
];

describe('pretraining on a folder of drawn pictures', () => {
  let folder: string;
  let result: PretrainResult;
  const inRun = (name: string) => join(folder, 'run', name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pretrain-folder-'));
    await drawImages(join(folder, 'images'), 12);
    await writeFile(join(folder, 'images/notes.txt'), 'not an image');
    result = await pretrainFolder(join(folder, 'images'), join(folder, 'run'), tiny);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('takes every whole batch of every epoch', () => {
    expect(result).toMatchObject({ images: 12, skipped: 0, steps: 6, finished: true });
  });

  it('writes the settings, one line of metrics per step, and the weights', async () => {
    expect(await readFile(inRun('config.yaml'), 'utf8')).toContain('embedDim: 24');
    const lines = (await readFile(inRun('metrics.jsonl'), 'utf8')).trim().split('\n');
    const steps = lines.map((line) => JSON.parse(line));
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(await readdir(result.checkpoint)).toEqual(
      expect.arrayContaining(['student.safetensors', 'teacher.safetensors']),
    );
  });

  it('keeps no tensors from step to step', async () => {
    const lines = (await readFile(inRun('metrics.jsonl'), 'utf8')).trim().split('\n');
    const counts = lines.map((line) => JSON.parse(line).tensors);
    expect(new Set(counts.slice(3)).size).toBe(1);
    expect(tf.memory().numTensors).toBeLessThan(counts[0]);
  });

  it('refuses a run folder that is in use, and settings that do not exist', async () => {
    const images = join(folder, 'images');
    await expect(pretrainFolder(images, join(folder, 'run'), tiny)).rejects.toThrow(/already holds a run/);
    await expect(pretrainFolder(images, join(folder, 'other'), ['training.epoch=1'])).rejects.toThrow(InputError);
    expect(await readdir(folder)).not.toContain('other');
  });
});
