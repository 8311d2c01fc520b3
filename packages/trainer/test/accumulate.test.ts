import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { partOfBatch } from '../src/batch.js';
import {
  type Batch,
  type Config,
  type ConfigInput,
  disposeTrainState,
  initTrainState,
  loadConfig,
  networkConfig,
  pretrain,
  resolveCheckpoint,
  settingsAt,
  type TrainState,
  trainStep,
} from '../src/index.js';
import { type Learned, learn } from '../src/learn.js';
import { learnInParts } from '../src/learn-in-parts.js';
import { scratch } from './cribo.js';
import { metrics, putImages, tiny } from './tiny-run.js';

const config = (over: ConfigInput = {}) =>
  loadConfig({
    overrides: {
      ...tiny,
      losses: { crossImageFromEpoch: 0 },
      ...over,
      training: { ...tiny.training, ...over.training },
    },
  });

/** Four images in two views; with `classes`, half of the patches of one class. */
function batch(seed: number, { classes = false } = {}): Batch {
  const rng = Generator.fromSeed(seed);
  return {
    views: rng.uniformTensor([8, 32, 32, 3]) as tf.Tensor4D,
    positions: rng.uniformTensor([2, 4, 16, 2]) as tf.Tensor4D,
    initIndices: drawInitialIndices(rng, 4, 32, 4),
    ...(classes && {
      classes: tf.tensor2d(
        Int32Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? 7 : (i * seed) % 5)),
        [4, 32],
        'int32',
      ),
    }),
  };
}

const newState = (settings: Config) => initTrainState(settings, networkConfig(settings), Generator.fromSeed(1));

function step(state: TrainState, one: Batch, settings: Config) {
  const rng = Generator.fromSeed(100 + state.step);
  return trainStep(state, one, networkConfig(settings), settings, settingsAt(5 + state.step, settings, 1), rng);
}

/** A state whose bank holds the four images of `batch(1)`. */
async function stateWithBank(settings: Config, options?: { classes: boolean }): Promise<TrainState> {
  const state = newState(settings);
  const first = batch(1, options);
  await step(state, first, settings);
  tf.dispose({ ...first });
  return state;
}

function learner(state: TrainState, settings: Config) {
  const rng = Generator.fromSeed(3);
  const at = settingsAt(5, settings, 1);
  return (part: Batch, i?: number) =>
    learn(state, part, networkConfig(settings), settings, at, i === undefined ? rng : rng.split(i), () => {});
}

/** Everything learned as plain arrays; frees the tensors. */
async function read({ gradients, measured, stored, meanLogits }: Learned) {
  const tensors: Record<string, tf.Tensor> = { ...gradients, ...stored, ...meanLogits };
  const entries = await Promise.all(
    Object.entries(tensors).map(async ([name, tensor]) => [name, Array.from(await tensor.data(), Number)] as const),
  );
  tf.dispose(tensors);
  return { measured, gradientNames: Object.keys(gradients), values: Object.fromEntries(entries) };
}

/** The largest difference, as a share of the largest expected number. */
function difference(actual: number[], expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(1e-6, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) / largest;
}

const tolerance = 2e-4;

onBackends(['cpu', 'onnxruntime'], () => {
  it('a part holds its images in both views, with all that belongs to them', async () => {
    const count = (shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
      tf.reshape(tf.range(0, tf.util.sizeFromShape(shape), 1, dtype), shape);
    const whole: Batch = {
      views: count([8, 1, 1, 3]) as tf.Tensor4D,
      positions: count([2, 4, 1, 2]),
      initIndices: count([4, 2], 'int32') as tf.Tensor2D,
      regions: count([4, 2], 'int32') as tf.Tensor2D,
      classes: count([4, 2], 'int32') as tf.Tensor2D,
    };
    const before = tf.memory().numTensors;
    const part = partOfBatch(whole, 1, 2);
    expect(tf.memory().numTensors - before).toBe(5);
    expect(part.views.shape).toEqual([4, 1, 1, 3]);
    // Images 2 and 3: rows 2 and 3 of view 1, rows 6 and 7 of view 2.
    expect(Array.from(await part.views.data())).toEqual([6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23]);
    expect(await part.positions.array()).toEqual([
      [[[4, 5]], [[6, 7]]],
      [[[12, 13]], [[14, 15]]],
    ]);
    for (const name of ['initIndices', 'regions', 'classes'] as const) {
      expect(await part[name]!.array(), name).toEqual([
        [4, 5],
        [6, 7],
      ]);
      expect(part[name]!.dtype).toBe('int32');
    }
    tf.dispose([{ ...part }, { ...whole }] as tf.TensorContainer);
  });

  it('a batch that is not split is learned as it is', async () => {
    const settings = await config();
    const state = await stateWithBank(settings);
    const one = batch(2);
    const of = learner(state, settings);
    const [plain, inOnePart] = [await read(await of(one)), await read(await learnInParts(1, one, of))];
    expect(inOnePart).toEqual(plain);
    tf.dispose({ ...one });
    disposeTrainState(state);
  });

  it('gradients and losses are the mean of those of the parts, which all search the same bank', async () => {
    const settings = await config();
    const state = await stateWithBank(settings);
    const one = batch(2);
    const of = learner(state, settings);
    const parts: Awaited<ReturnType<typeof read>>[] = [];
    for (let i = 0; i < 4; i++) {
      const part = partOfBatch(one, i, 4);
      parts.push(await read(await of(part, i)));
      tf.dispose({ ...part });
    }
    const before = tf.memory().numTensors;
    const together = await read(await learnInParts(4, one, of));
    expect(tf.memory().numTensors).toBe(before);

    const sum = (name: keyof Learned['measured']) => parts.reduce((total, part) => total + part.measured[name], 0);
    for (const name of ['lossGlobal', 'lossObject', 'lossCrossImage'] as const) {
      expect(together.measured[name], name).toBeCloseTo(sum(name) / 4, 5);
    }
    expect(together.measured).toMatchObject({ objects: sum('objects'), cycles: sum('cycles') });
    expect(together.measured.cycles).toBeGreaterThan(0);
    expect(together.gradientNames).toEqual(parts[0]!.gradientNames);
    for (const name of together.gradientNames) {
      // Rounding noise: the softmax does not see the bias of the keys.
      if (name.endsWith('qkv.bias')) continue;
      const mean = together.values[name]!.map((_, i) => parts.reduce((s, { values }) => s + values[name]![i]! / 4, 0));
      expect(difference(together.values[name]!, mean), name).toBeLessThan(tolerance);
    }
    tf.dispose({ ...one });
    disposeTrainState(state);
  });

  it('where the loss is a mean over images, the gradient is that of the whole batch', async () => {
    const settings = await config({
      losses: { object: false, crossImage: false },
      model: { ...tiny.model!, dropPath: 0 },
    });
    const state = await stateWithBank(settings);
    const one = batch(2);
    const of = learner(state, settings);
    const [whole, inParts] = [await read(await of(one)), await read(await learnInParts(2, one, of))];
    expect(inParts.measured.lossGlobal).toBeCloseTo(whole.measured.lossGlobal, 5);
    for (const name of whole.gradientNames) {
      if (name.endsWith('qkv.bias')) continue;
      expect(difference(inParts.values[name]!, whole.values[name]!), name).toBeLessThan(tolerance);
    }
    tf.dispose({ ...one });
    disposeTrainState(state);
  });

  it('bank, centers and stored classes receive the objects of all parts, image by image', async () => {
    const after = async (accumulate: number) => {
      const settings = await config({
        // Of six images; the second batch begins anew at its first slot.
        bank: { images: 6 },
        bootstrapping: { criterion: 'labels' },
        oracle: { masks: 'masks' },
        training: { accumulate },
      });
      const state = await stateWithBank(
        { ...settings, training: { ...settings.training, accumulate: 1 } },
        { classes: true },
      );
      const one = batch(2, { classes: true });
      const report = await step(state, one, settings);
      const bank = await state.bank.save();
      const centers = await Promise.all(Object.values(state.centers).map((center) => center.data()));
      const classes = await state.objectLabels!.lazySave().read();
      tf.dispose({ ...one });
      disposeTrainState(state);
      return {
        report,
        numbers: [...Object.values(bank).map(({ data }) => data), ...centers].map((data) =>
          Array.from(data as ArrayLike<number>, Number),
        ),
        classes: Array.from(classes as ArrayLike<number>),
      };
    };
    const [whole, inParts] = [await after(1), await after(2)];
    expect(inParts.report).toMatchObject({ objects: whole.report.objects, applied: true });
    expect(inParts.report.lossCrossImage).toBeGreaterThan(0);
    inParts.numbers.forEach((values, i) => {
      expect(difference(values, whole.numbers[i]!)).toBeLessThan(tolerance);
    });
    expect(inParts.classes).toEqual(whole.classes);
    expect(new Set(inParts.classes).size).toBeGreaterThan(2);
  });

  it('keeps no tensors from step to step', async () => {
    const settings = await config({ training: { accumulate: 2 } });
    const state = newState(settings);
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      const one = batch(i);
      expect((await step(state, one, settings)).applied).toBe(true);
      tf.dispose({ ...one });
      counts.push(tf.memory().numTensors);
    }
    expect(counts).toEqual([counts[0], counts[0], counts[0]]);
    disposeTrainState(state);
  });
});

describe('a run with accumulated gradients', () => {
  let images: string;
  beforeAll(async () => {
    images = await putImages(10);
  });

  it('finishes, and is continued exactly like one that was never stopped', async () => {
    const [whole, stopped] = [join(scratch(), 'run'), join(scratch(), 'run')];
    const settings = (maxSteps?: number) => config({ training: { accumulate: 2, ...(maxSteps && { maxSteps }) } });
    const result = await pretrain({ source: images, out: whole, config: await settings() });
    expect(result).toMatchObject({ steps: 6, finished: true });
    await pretrain({ source: images, out: stopped, config: await settings(3) });
    await pretrain({ source: images, out: stopped, config: await settings(), resume: true });
    const losses = (out: string) => metrics(out).map((row) => row.loss);
    expect(losses(stopped)).toEqual(losses(whole));
    expect(metrics(whole).at(-1).tensors).toBe(metrics(whole).at(-3).tensors);
    for (const file of ['student.safetensors', 'optimizer.safetensors', 'state.safetensors']) {
      const bytes = (out: string) => readFileSync(join(resolveCheckpoint(out), file));
      expect(bytes(stopped).equals(bytes(whole)), file).toBe(true);
    }
  });

  it('is refused where a batch cannot be split into equal parts', async () => {
    await expect(config({ training: { accumulate: 3 } })).rejects.toThrow(
      /^The configuration: training\.accumulate is 3, expected a divisor of training\.batchSize \(4\)\.$/,
    );
  });
});
