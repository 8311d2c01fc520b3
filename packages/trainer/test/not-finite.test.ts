import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { writeState } from '../src/checkpoint/save.js';
import {
  type Batch,
  type ConfigInput,
  disposeTrainState,
  initTrainState,
  loadConfig,
  networkConfig,
  pretrain,
  replayStep,
  settingsAt,
  trainStep,
} from '../src/index.js';
import { cribo, scratch } from './cribo.js';
import { metrics, putImages, tiny } from './tiny-run.js';

const config = (over: ConfigInput = {}) => loadConfig({ overrides: { ...tiny, ...over } });

function batch(seed: number, pixel?: number): Batch {
  const rng = Generator.fromSeed(seed);
  const views = pixel === undefined ? rng.uniformTensor([8, 32, 32, 3]) : tf.fill([8, 32, 32, 3], pixel);
  return {
    views: views as tf.Tensor4D,
    positions: rng.uniformTensor([2, 4, 16, 2]) as tf.Tensor4D,
    initIndices: drawInitialIndices(rng, 4, 32, 4),
  };
}

onBackends(['cpu', 'onnxruntime'], () => {
  it('a step that is not finite changes nothing: weights, moments, centers, bank, number of tensors', async () => {
    const settings = await config();
    const network = networkConfig(settings);
    const context = { config: settings, network, stepsPerEpoch: 1 };
    const run = async (batches: Batch[]) => {
      const state = initTrainState(settings, network, Generator.fromSeed(1));
      const seen: { applied: boolean; tensors: number }[] = [];
      for (const one of batches) {
        const at = settingsAt(5 + state.step, settings, 1);
        const { applied } = await trainStep(state, one, network, settings, at, Generator.fromSeed(state.step));
        tf.dispose({ ...one });
        seen.push({ applied, tensors: tf.memory().numTensors });
      }
      const folder = scratch();
      await writeState(folder, state, context);
      disposeTrainState(state);
      return { seen, folder };
    };
    const whole = await run([batch(1), batch(2), batch(3)]);
    const withBad = await run([batch(1), batch(2), batch(9, Number.NaN), batch(8, Number.POSITIVE_INFINITY), batch(3)]);
    expect(withBad.seen.map(({ applied }) => applied)).toEqual([true, true, false, false, true]);
    const [, second, third, fourth] = withBad.seen;
    // One batch fewer is waiting after every step; the step itself keeps nothing.
    expect([third!.tensors - second!.tensors, fourth!.tensors - third!.tensors]).toEqual([-3, -3]);
    const names = readdirSync(whole.folder);
    expect(names).toHaveLength(5);
    for (const name of names) {
      const [actual, expected] = [withBad.folder, whole.folder].map((folder) => readFileSync(join(folder, name)));
      expect(actual!.equals(expected!), name).toBe(true);
    }
  });
});

describe('a run whose loss is not finite', () => {
  let images: string;
  beforeAll(async () => {
    images = await putImages(10);
  });
  const diverging = (over: ConfigInput['training']) =>
    config({ optimizer: { lr: 1e30 }, training: { ...tiny.training, epochs: 20, ...over } });

  it('stops with the step, its files and a dump that takes the step again', async () => {
    const out = join(scratch(), 'run');
    const error = await pretrain({ source: images, out, config: await diverging({}) }).catch((e: Error) => e);
    const { name, message } = error as Error;
    expect(name).toBe('InputError');
    const step = metrics(out).at(-1).step;
    expect(metrics(out).at(-1)).toMatchObject({ applied: false, loss: null });
    expect(message).toMatch(new RegExp(`^The loss of step ${step} is NaN .*the batch was /.*\\d\\.png, /`));

    const dump = join(out, readdirSync(out).find((file) => file.startsWith('not-finite-step-'))!);
    expect(message).toContain(`"cribo replay ${dump}"`);
    expect(readFileSync(join(dump, 'files.txt'), 'utf8').trim().split('\n')).toHaveLength(4);
    const replay = await replayStep(dump);
    expect(replay).toMatchObject({ step, report: { applied: false, loss: Number.NaN } });
    const first = replay.tensors.find(({ notFinite }) => notFinite > 0)!;
    expect(first).toMatchObject({ phase: 'teacher', name: 'tokens', shape: [8, 17, 24], notFinite: 8 * 17 * 24 });

    const { status, stdout } = cribo('replay', dump);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Step ${step} on 4 images: loss NaN`));
    expect(stdout).toContain('The first values that are not finite are 3264 of 8×17×24 in teacher/tokens.');
  });

  it('leaves steps out when told to, counts them, and stops after ten in a row', async () => {
    const out = join(scratch(), 'run');
    const lines: string[] = [];
    const error = await pretrain({
      source: images,
      out,
      config: await diverging({ onNan: 'skip' }),
      progress: () => ({ update() {}, log: (line) => lines.push(line), stop() {} }),
    }).catch((e: Error) => e);
    expect((error as Error).message).toMatch(/the 10th step in a row; the run has diverged/);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toMatch(/^The loss of step \d+ is NaN .*left out\. The batch was .*\.png/);
    expect(readFileSync(join(out, 'log.txt'), 'utf8')).toContain(lines[8]);
    expect(metrics(out).filter(({ applied }) => !applied)).toHaveLength(10);
  });

  it('goes on after one step that was left out, and remembers it in its checkpoint', async () => {
    // Settings whose student temperature is NaN while step 1 is taken.
    const out = join(scratch(), 'run');
    const settings = await config({ training: { ...tiny.training, onNan: 'skip' } });
    const unfit = { ...settings, losses: { ...settings.losses, studentTemp: Number.NaN } };
    let step = 0;
    const result = await pretrain({
      source: images,
      out,
      config: new Proxy(settings, {
        get: (whole, key) => (key === 'losses' && step === 1 ? unfit.losses : Reflect.get(whole, key)),
      }),
      progress: () => ({
        update(done) {
          step = done;
        },
        log() {},
        stop() {},
      }),
    });
    expect(result).toMatchObject({ steps: 6, skippedSteps: 1, finished: true });
    const { skippedSteps } = JSON.parse(readFileSync(join(result.checkpoint, 'checkpoint.json'), 'utf8'));
    expect(skippedSteps).toEqual([1]);
    expect(metrics(out).map(({ applied }) => applied)).toEqual([true, false, true, true, true, true]);
  });

  it('a folder without a dump is refused', () => {
    const folder = scratch();
    const { status, stderr } = cribo('replay', folder);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `cribo: ${folder} holds no batch.safetensors, expected a folder RUN/not-finite-step-….\n`,
    });
    expect(existsSync(join(folder, 'log.txt'))).toBe(false);
  });
});
