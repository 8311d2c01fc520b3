import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTensorFile } from '../src/checkpoint/tensor-file.js';
import { type ConfigInput, loadConfig, loadTrainState, pretrain, resolveCheckpoint } from '../src/index.js';
import { putScenes } from './oracle-scenes.js';
import { metrics, tiny } from './tiny-run.js';

const root = mkdtempSync(join(tmpdir(), 'cribo-oracle-run-'));
let images: string;
let masks: string;
beforeAll(async () => {
  ({ images, masks } = await putScenes(root, 10));
});

let runs = 0;
const newRun = () => join(root, `run-${runs++}`);
const config = (over: ConfigInput = {}) =>
  loadConfig({
    overrides: {
      ...tiny,
      losses: { crossImageFromEpoch: 0 },
      oracle: { masks },
      ...over,
      training: { ...tiny.training, ...over.training },
    },
  });
const oracle: ConfigInput = {
  clustering: { clusters: 4, method: 'masks' },
  bootstrapping: { criterion: 'labels' },
};

describe('a run with supervised oracles', () => {
  it('is continued exactly like one that was never stopped, also with threads that load', async () => {
    const [whole, stopped] = [newRun(), newRun()];
    await pretrain({ source: images, out: whole, config: await config(oracle) });
    const threads: ConfigInput = { ...oracle, loading: { workers: 1 } };
    await pretrain({ source: images, out: stopped, config: await config({ ...threads, training: { maxSteps: 3 } }) });
    await pretrain({ source: images, out: stopped, config: await config(threads), resume: true });
    const losses = (out: string) => metrics(out).map(({ loss, lossCrossImage }) => [loss, lossCrossImage]);
    expect(losses(stopped)).toEqual(losses(whole));
    expect(losses(whole).every(([loss]) => Number.isFinite(loss))).toBe(true);
    for (const file of ['student.safetensors', 'state.safetensors']) {
      const bytes = (out: string) => readFileSync(join(resolveCheckpoint(out), file));
      expect(bytes(stopped).equals(bytes(whole)), file).toBe(true);
    }
  });

  it('keeps the classes of stored objects, and no tensors', async () => {
    const out = newRun();
    const { checkpoint } = await pretrain({ source: images, out, config: await config(oracle) });
    const classes = readTensorFile(join(checkpoint, 'state.safetensors')).get('bank-classes')!;
    expect(classes.shape).toEqual([8, 4]);
    // The scenes hold the classes 0 to 9; at most three of them are in an image that has room for four.
    const values = [...(classes.data as Int32Array)];
    expect(values.every((label) => label <= 9 || label === 255)).toBe(true);
    expect(values.filter((label) => label !== 255).length).toBeGreaterThan(8);
    const rows = metrics(out);
    expect(rows.at(-1).tensors).toBe(rows.at(-3).tensors);
    const before = tf.memory().numTensors;
    const { state } = await loadTrainState(checkpoint);
    expect(state.objectLabels).toBeDefined();
    tf.dispose([state.student, state.teacher, state.centers]);
    state.optimizer.dispose();
    state.bank.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('writes a report with the objects of the masks', async () => {
    const settings = await config({ ...oracle, logging: { report: true } });
    const { report } = await pretrain({ source: images, out: newRun(), config: settings });
    expect(readFileSync(report!, 'utf8')).toContain('data-object="0"');
  });

  it('is continued without its labels on request, and keeps no classes then', async () => {
    const out = newRun();
    await pretrain({ source: images, out, config: await config({ ...oracle, training: { maxSteps: 1 } }) });
    const without = await config({ clustering: { clusters: 4 }, training: { maxSteps: 2 } });
    const { checkpoint } = await pretrain({ source: images, out, config: without, resume: true });
    expect(readTensorFile(join(checkpoint, 'state.safetensors')).has('bank-classes')).toBe(false);
  });

  it('cannot take over a run that stored no classes', async () => {
    const out = newRun();
    await pretrain({ source: images, out, config: await config({ training: { maxSteps: 1 } }) });
    const resumed = pretrain({ source: images, out, config: await config(oracle), resume: true });
    await expect(resumed).rejects.toThrow(/step-00000001 holds no classes of stored objects, expected a run/);
  });
});

describe('the criteria of bootstrapping', () => {
  it('differ in the cross-image loss of the first steps that find neighbours, and in nothing before', async () => {
    const losses = new Map<string, number[][]>();
    for (const criterion of ['cycle', 'none', 'cycle-min', 'cycle-max', 'cycle-avg', 'labels'] as const) {
      const out = newRun();
      const over: ConfigInput = { bootstrapping: { criterion }, training: { maxSteps: 2 } };
      await pretrain({ source: images, out, config: await config(over) });
      losses.set(
        criterion,
        metrics(out).map(({ lossCrossImage, lossObject }) => [lossCrossImage, lossObject]),
      );
    }
    const [first, second] = [0, 1].map((step) => [...losses.values()].map((rows) => rows[step]!));
    // The bank is empty before the first step.
    expect(new Set(first!.map(([crossImage]) => crossImage))).toEqual(new Set([0]));
    expect(new Set(second!.map(([, object]) => object)).size).toBe(1);
    const atSecond = Object.fromEntries([...losses].map(([criterion, rows]) => [criterion, rows[1]![0]!]));
    expect(atSecond.none).toBeGreaterThan(0);
    expect(new Set(Object.values(atSecond)).size).toBeGreaterThanOrEqual(4);
  });
});
