import { Generator, type Params } from '@cribo/tensor';
import { fromStateDict, outputWeight, toStateDict, unprefixed, vitConfig } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type BackendName, describeGolden, type Golden, onBackends } from '../../../test-support/golden.js';
import type { Batch } from '../src/batch.js';
import { parseConfig } from '../src/config/load.js';
import type { Config } from '../src/config/schema.js';
import { initNetwork, type NetworkConfig } from '../src/model.js';
import { trainStep } from '../src/step.js';
import { settingsAt } from '../src/step-settings.js';
import { disposeTrainState, initTrainState, type TrainState } from '../src/train-state.js';

const batchSize = 4;
const stepsPerEpoch = 2;

// WebGPU takes a minute on a software driver: one case is enough there.
const cases: Record<string, BackendName[]> = {
  'train-steps': ['cpu', 'onnxruntime', 'wasm', 'webgpu'],
  'train-steps-b': ['cpu', 'onnxruntime', 'wasm'],
};

for (const [name, backends] of Object.entries(cases)) {
  describeGolden(name, (golden) => {
    onBackends(backends, (backend) => {
      it(
        'takes the four steps of the authors’ code',
        async () => {
          const config = goldenConfig(golden);
          const network = goldenNetwork(config);
          const state = await initialState(golden, config, network);
          let tensors: number | undefined;
          for (let step = 0; step < 4; step++) {
            await checkStep(golden, state, step, config, network);
            // Frozen layers have no moments before the second epoch.
            if (step === 2) tensors = tf.memory().numTensors;
          }
          expect(tf.memory().numTensors, 'tensors after steps 3 and 4').toBe(tensors);
          await expectParams(state.student, golden, 'student/', config);
          await expectParams(state.teacher, golden, 'teacher/', config);
          disposeTrainState(state);
        },
        backend === 'webgpu' ? 600_000 : 120_000,
      );
    });
  });
}

/** The case's hyper-parameters as a configuration. The code's two bounds of the positional weight are in reverse order. */
function goldenConfig({ json }: Golden): Config {
  const { hyper } = json;
  return parseConfig({
    variant: 'released',
    model: { arch: 'vit_tiny', patchSize: hyper.patch_size, embedDim: 48, depth: 3, numHeads: 3, dropPath: 0 },
    head: {
      hiddenDim: 64,
      bottleneckDim: 32,
      outDim: hyper.out_dim,
      objectOutDim: hyper.out_dim_c,
      normLastLayer: hyper.norm_last_layer,
    },
    views: { imageSize: 32 },
    clustering: {
      clusters: hyper.n_tokens,
      posAlpha: [hyper.pos_alpha[1], hyper.pos_alpha[0]],
      iterations: hyper.n_iter,
      sinkhornIterations: hyper.sinkhorn_iterations,
      lambda: hyper.sinkhorn_lambda,
      updateMarginal: hyper.update_c,
    },
    bank: { images: hyper.queue_size, normalizedMatching: hyper.normalized_matching },
    losses: {
      teacherTemp: hyper.teacher_temp,
      warmupTeacherTemp: hyper.warmup_teacher_temp,
      warmupTeacherTempEpochs: hyper.warmup_teacher_temp_epochs,
    },
    optimizer: {
      lr: hyper.lr,
      minLr: hyper.min_lr,
      warmupEpochs: hyper.warmup_epochs,
      weightDecay: hyper.weight_decay,
      weightDecayEnd: hyper.weight_decay_end,
      clipGrad: hyper.clip_grad,
      freezeLastLayerEpochs: hyper.freeze_last_layer,
      teacherMomentum: hyper.momentum_teacher,
    },
    training: { epochs: hyper.epochs, batchSize },
  });
}

function goldenNetwork(config: Config): NetworkConfig {
  const backbone = vitConfig('vit_tiny', { imageSize: 32, patchSize: 8, embedDim: 48, depth: 3, numHeads: 3 });
  return { backbone, head: { inDim: 48, ...config.head } };
}

async function initialState(golden: Golden, config: Config, network: NetworkConfig): Promise<TrainState> {
  const state = initTrainState(config, network, Generator.fromSeed(0));
  tf.dispose([state.student, state.teacher]);
  const weights = () => {
    const dict = new Map(
      golden.keys.filter((key) => key.startsWith('w0/')).map((key) => [key.slice(3), golden.host(key)]),
    );
    const expected = initNetwork(network, Generator.fromSeed(0));
    const params = fromStateDict(dict, expected);
    tf.dispose(expected);
    return params;
  };
  state.student = weights();
  state.teacher = weights();
  const { images } = config.bank;
  const queue = golden.tensor('init/centroids_queue');
  const objects = tf.reshape(queue, [2, images, config.clustering.clusters, 48]);
  const valid = tf.ones([images, config.clustering.clusters], 'bool');
  state.bank.push(objects, valid);
  await valid.data();
  tf.dispose([queue, objects, valid]);
  return state;
}

function goldenBatch(golden: Golden, step: number): Batch {
  return tf.tidy(() => {
    const views = tf.concat([golden.tensor(`s${step}/view1`), golden.tensor(`s${step}/view2`)]);
    return {
      views: tf.transpose(views, [0, 2, 3, 1]) as tf.Tensor4D,
      positions: tf.transpose(golden.tensor(`s${step}/pos`), [0, 1, 3, 2]) as tf.Tensor4D,
      initIndices: golden.tensor(`s${step}/init_draw`) as tf.Tensor2D,
    };
  });
}

async function checkStep(golden: Golden, state: TrainState, step: number, config: Config, network: NetworkConfig) {
  const wanted = golden.json.steps[step];
  const at = settingsAt(step, config, stepsPerEpoch);
  expect(at.lr).toBeCloseTo(wanted.lr, 12);
  expect(at.weightDecay).toBeCloseTo(wanted.weight_decay, 12);
  expect(at.teacherMomentum).toBeCloseTo(wanted.ema_momentum, 12);
  expect(at.teacherTemp).toBeCloseTo(wanted.teacher_temp, 12);
  expect(at.posAlpha).toBeCloseTo(wanted.pos_alpha, 12);

  const seen: Record<string, ArrayLike<number>> = {};
  const gradients: Params = {};
  const batch = goldenBatch(golden, step);
  const report = await trainStep(state, batch, network, config, at, Generator.fromSeed(0), async (phase, tensors) => {
    if (phase === 'update') return;
    for (const [name, tensor] of Object.entries(tensors)) {
      if (name.includes('.')) gradients[name] = tf.clone(tensor);
      else seen[`${phase}/${name}`] = await tensor.data();
    }
    const networks = { targets: state.teacher, student: state.student };
    if (phase !== 'targets' && phase !== 'student') return;
    for (const [features, output] of [
      ['global', 'global'],
      ['objects', 'object'],
    ] as const) {
      const logits = tf.tidy(() => {
        const weight = outputWeight(unprefixed(networks[phase], 'head.'), network.head, output);
        return tf.matMul(tf.reshape(tensors[features]!, [-1, weight.shape[0]]), weight);
      });
      seen[`${phase}/${features} logits`] = await logits.data();
      logits.dispose();
    }
  });
  tf.dispose({ ...batch });

  const slots = validSlots(seen['teacher/valid']!);
  const equal = (actual: ArrayLike<number>, key: string) =>
    expect(Array.from(actual, Number), key).toEqual(numbers(golden, `s${step}/${key}`));
  const close = (actual: ArrayLike<number>, key: string, tolerance: number) =>
    expect(worstDifference(actual, numbers(golden, `s${step}/${key}`)), `${key} of step ${step}`).toBeLessThan(
      tolerance,
    );
  const iterations = config.clustering.iterations;
  const labels = numbers(golden, `s${step}/labels`);
  expect(Array.from(seen['teacher/labels']!)).toEqual(labels.slice((labels.length / iterations) * (iterations - 1)));
  equal(seen['teacher/valid']!, 'valid');
  // The list of valid objects, padded.
  equal(Array.from(seen['retrieval/mask']!).slice(0, slots.length), 'mask');
  equal(Array.from(seen['retrieval/mask2']!).slice(0, slots.length), 'mask2');
  close(seen['teacher/tokens']!, 'teacher_tokens', 1e-4);
  const capacity = seen['teacher/valid']!.length;
  const view = (values: ArrayLike<number>, m: number) =>
    Array.from(values).slice((m * values.length) / 2, ((m + 1) * values.length) / 2);
  expect(view(seen['teacher/objects']!, 0).length).toBe(capacity * 48);
  close(pick(view(seen['teacher/objects']!, 0), slots, 48), 'c1', 1e-4);
  close(pick(view(seen['teacher/objects']!, 1), slots, 48), 'c2', 1e-4);
  close(seen['targets/global logits']!, 'teacher_out', 1e-4);
  close(seen['student/global logits']!, 'student_out', 1e-4);
  const listed = (key: string) => [0, 1].flatMap((m) => view(seen[key]!, m).slice(0, slots.length * 96));
  close(listed('targets/objects logits'), 'teacher_obj', 1e-4);
  close(listed('student/objects logits'), 'student_obj', 1e-4);

  expect(report.lossGlobal).toBeCloseTo(wanted.loss_d, 4);
  expect(report.lossObject).toBeCloseTo(wanted.loss_c, 4);
  expect(report.lossCrossImage).toBeCloseTo(wanted.loss_nn, 4);
  expect(report.objects).toBe(wanted.n_objects);
  expect(report.bootstrapRatio).toBeCloseTo((wanted.mask_true[0] + wanted.mask_true[1]) / (2 * wanted.n_objects), 6);
  close(await state.centers.global.data(), 'center', 1e-5);
  close(await state.centers.object.data(), 'center_c', 1e-5);
  if (name2(golden, step)) await expectParams(gradients, golden, 'g2/', config);
  tf.dispose(gradients);
}

const name2 = (golden: Golden, step: number) => step === 2 && golden.keys.some((key) => key.startsWith('g2/'));

const numbers = (golden: Golden, key: string) => Array.from(golden.host(key).data as ArrayLike<number>, Number);

const validSlots = (valid: ArrayLike<number>) => Array.from(valid, Number).flatMap((v, slot) => (v ? [slot] : []));

const pick = (values: ArrayLike<number>, slots: number[], width: number) =>
  slots.flatMap((slot) => Array.from(values).slice(slot * width, (slot + 1) * width));

function worstDifference(actual: ArrayLike<number>, expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i]!)), 0);
}

/** Parameters against a state dict of the golden case, except the key bias: its gradient is rounding noise. */
async function expectParams(params: Params, golden: Golden, prefix: string, { model }: Config) {
  const dim = model.embedDim!;
  for (const [name, { data }] of await toStateDict(params)) {
    if (!golden.keys.includes(prefix + name)) continue;
    const expected = numbers(golden, prefix + name);
    const relevant = (_: number, i: number) => !name.endsWith('qkv.bias') || i < dim || i >= 2 * dim;
    const worst = worstDifference(Array.from(data as Float32Array).filter(relevant), expected.filter(relevant));
    const scale = prefix === 'g2/' ? Math.max(1, ...expected.map(Math.abs)) : 1;
    expect(worst / scale, prefix + name).toBeLessThan(1e-4);
  }
}
