import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Config,
  type ConfigInput,
  loadConfig,
  loadTrainState,
  pretrain,
  resolveCheckpoint,
} from '../src/index.js';
import { metrics, putImages, tiny } from './tiny-run.js';

let images: string;
beforeAll(async () => {
  images = await putImages(10);
});

const config = (over: ConfigInput = {}): Promise<Config> =>
  loadConfig({ overrides: { ...tiny, ...over, training: { ...tiny.training, ...over.training } } });
const runFolder = () => join(mkdtempSync(join(tmpdir(), 'cribo-run-')), 'run');

describe('pretrain', () => {
  it('writes metrics, config and a checkpoint, and leaks no tensors', async () => {
    const out = runFolder();
    const result = await pretrain({ source: images, out, config: await config() });
    expect(result).toMatchObject({ images: 10, steps: 6, finished: true, skipped: 0 });
    const rows = metrics(out);
    expect(rows.map((row) => row.step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.every((row) => Number.isFinite(row.loss) && row.loss > 0)).toBe(true);
    expect(rows[0].crossImage).toBe(false);
    expect(rows[5].crossImage).toBe(true);
    expect(rows[5].tensors).toBe(rows[3].tensors);
    expect(readdirSync(join(out, 'checkpoints'))).toEqual(['step-00000006']);
    const { tensors } = readSafetensors(readFileSync(join(result.checkpoint, 'teacher.safetensors')));
    expect(tensors.get('backbone.blocks.0.attn.qkv.weight')!.shape).toEqual([72, 24]);
  });

  it('continues a stopped run exactly like one that was never stopped', async () => {
    const [whole, stopped] = [runFolder(), runFolder()];
    await pretrain({ source: images, out: whole, config: await config() });
    await pretrain({ source: images, out: stopped, config: await config({ training: { maxSteps: 3 } }) });
    const resumed = await pretrain({ source: images, out: stopped, config: await config(), resume: true });
    expect(resumed.steps).toBe(6);
    const losses = (out: string) => metrics(out).map((row) => row.loss);
    expect(losses(stopped)).toEqual(losses(whole));
    const weights = (out: string) => readFileSync(join(resolveCheckpoint(out), 'student.safetensors'));
    expect(weights(stopped).equals(weights(whole))).toBe(true);
  });

  it('learns the same in less memory when the backward pass runs the blocks again', async () => {
    const run = async (recompute: boolean) => {
      const out = runFolder();
      const settings = {
        model: { ...tiny.model!, depth: 4, recompute },
        training: { maxSteps: 2 },
        backend: { name: 'cpu' },
      };
      const { peakBytes } = await tf.profile(async () => {
        await pretrain({ source: images, out, config: await config(settings) });
        return [];
      });
      return { peakBytes, weights: readFileSync(join(resolveCheckpoint(out), 'student.safetensors')) };
    };
    const [kept, recomputed] = [await run(false), await run(true)];
    expect(recomputed.weights.equals(kept.weights)).toBe(true);
    expect(recomputed.peakBytes).toBeLessThan(0.8 * kept.peakBytes);
  });

  it('finishes the step and saves when it is told to stop', async () => {
    const out = runFolder();
    const controller = new AbortController();
    const result = await pretrain({
      source: images,
      out,
      config: await config(),
      signal: controller.signal,
      progress: () => ({ update: (done) => done === 2 && controller.abort(), log() {}, stop() {} }),
    });
    expect(result).toMatchObject({ steps: 2, finished: false });
    const { state } = await loadTrainState(resolveCheckpoint(out));
    expect(state.step).toBe(2);
  });

  it.each(['released', 'paper'] as const)(
    'runs the %s variant with K-means, SGD and single losses',
    async (variant) => {
      const over: ConfigInput = {
        variant,
        clustering: { clusters: 4, method: 'kmeans' },
        optimizer: { name: variant === 'paper' ? 'sgd' : 'lars' },
        losses: { global: false, crossImageFromEpoch: 0 },
        training: { maxSteps: 2 },
      };
      const { last } = await pretrain({ source: images, out: runFolder(), config: await config(over) });
      expect(last!.lossGlobal).toBe(0);
      expect(last!.lossObject).toBeGreaterThan(0);
    },
  );
});

describe('bad input', () => {
  const attempt = async (over: ConfigInput, source = images, out = runFolder(), resume = false) => {
    const error = await pretrain({ source, out, config: await config(over), resume }).catch((e: Error) => e);
    expect(error).toBeInstanceOf(Error);
    return { message: (error as Error).message, name: (error as Error).name, written: existsSync(out) };
  };

  it('a batch larger than the data set', async () => {
    const { message, name, written } = await attempt({ training: { batchSize: 64 } });
    expect(message).toMatch(/holds 10 images, expected at least one batch of 64/);
    expect([name, written]).toEqual(['InputError', false]);
  });

  it('a folder that already holds a run, or none to resume', async () => {
    const out = runFolder();
    await pretrain({ source: images, out, config: await config({ training: { maxSteps: 1 } }) });
    expect((await attempt({}, images, out)).message).toMatch(/already holds a run; continue it with --resume/);
    expect((await attempt({}, images, runFolder(), true)).message).toMatch(/holds no checkpoint to resume from/);
  });

  it('settings of another network than the run to be continued has', async () => {
    const out = runFolder();
    await pretrain({ source: images, out, config: await config({ training: { maxSteps: 1 } }) });
    const { message, name } = await attempt({ head: { ...tiny.head, outDim: 64 } }, images, out, true);
    expect(message).toMatch(/step-00000001 holds another architecture than these settings describe/);
    expect(name).toBe('InputError');
  });

  it('a checkpoint of another architecture, and a truncated one', async () => {
    const out = runFolder();
    await pretrain({ source: images, out, config: await config({ training: { maxSteps: 1 } }) });
    const folder = resolveCheckpoint(out);
    const file = join(folder, 'student.safetensors');
    const info = JSON.parse(readFileSync(join(folder, 'checkpoint.json'), 'utf8'));
    info.network.backbone.embedDim = 32;
    writeFileSync(join(folder, 'checkpoint.json'), JSON.stringify(info));
    const other = await loadTrainState(folder).catch((e: Error) => e.message);
    expect(other).toMatch(/student\.safetensors: .*cls_token.*\[1, 1, 24\].*\[1, 1, 32\].*another architecture/);
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    expect(await loadTrainState(folder).catch((e: Error) => e.message)).toMatch(/student\.safetensors: .*truncated/);
  });

  it('images that cannot be read: one is skipped and named, many stop the run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cribo-broken-'));
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(images)) writeFileSync(join(folder, name), readFileSync(join(images, name)));
    writeFileSync(join(folder, '3.png'), 'not a picture');
    const { message, name } = await attempt({}, folder);
    expect(message).toMatch(/1 of 10 images cannot be read, expected at most 5 %.*3\.png/);
    expect(name).toBe('InputError');
  });

  afterEach(() => {
    process.exitCode = undefined;
  });
});
