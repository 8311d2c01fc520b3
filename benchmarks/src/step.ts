import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import { Generator } from '@cribo/tensor';
import {
  type Batch,
  type Config,
  disposeTrainState,
  initTrainState,
  loadBackend,
  loadConfig,
  machine,
  networkConfig,
  type PhaseHook,
  PhaseTimer,
  settingsAt,
  trainStep,
} from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { median } from './median.js';

/** The yardstick: ViT-S/16, 8 images of 224 px in two views, K = 32, two 65536-way heads, a bank of 256 images. */
const yardstick = ['training.batchSize=8', 'bank.images=256', 'training.epochs=100', 'optimizer.warmupEpochs=0'];

export interface StepBenchOptions {
  steps: number;
  backend: string;
  threads?: number;
  /** Settings besides the yardstick's, as for `cribo pretrain --set`. */
  set: string[];
}

/** Times whole training steps from the second epoch on (all three losses active), with a full bank. */
export async function benchStep({ steps, backend, threads, set }: StepBenchOptions) {
  const config = await loadConfig({
    set: [
      ...yardstick,
      `backend.name=${backend}`,
      ...(threads === undefined ? [] : [`backend.threads=${threads}`]),
      ...set,
    ],
  });
  await loadBackend(config.backend);
  const gflops = await matMulGflops();
  const network = networkConfig(config);
  const rng = Generator.fromSeed(0);
  const state = initTrainState(config, network, rng);
  const stepsPerEpoch = Math.ceil(config.bank.images / config.training.batchSize);
  const run = async (onPhase?: PhaseHook) => {
    const batch = drawBatch(config, rng.split(state.step));
    const at = settingsAt(stepsPerEpoch + state.step, config, stepsPerEpoch);
    const began = performance.now();
    await trainStep(state, batch, network, config, at, rng.split(`drop-${state.step}`), onPhase);
    const ms = performance.now() - began;
    tf.dispose({ ...batch });
    return ms;
  };

  const sessions: number[] = [];
  const tensors: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    times.push(await run());
    sessions.push(sessionsCompiled());
    tensors.push(tf.memory().numTensors);
  }
  const measured = times.slice(Math.min(5, times.length - 1));
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const phases = await profile(run);
  disposeTrainState(state);
  const result = {
    stepMs: Math.round(median(measured)),
    stepMsAll: times.map(Math.round),
    phases,
    peakRssMiB,
    sessionsCompiled: sessions,
    numTensors: tensors,
    matMulGflops: Math.round(gflops),
    images: config.training.batchSize,
    config,
    machine: { ...machine(), node: process.version },
  };
  const lines = [
    `step ${result.stepMs} ms (median of ${measured.length}), peak memory ${peakRssMiB} MiB, matMul ${result.matMulGflops} GFLOP/s`,
    ...Object.entries(phases).map(([name, ms]) => `  ${name.padEnd(10)} ${ms} ms`),
    `sessions compiled after each step: ${sessions.join(' ')}`,
    `tensors after each step: ${tensors.join(' ')}`,
  ];
  return { ...result, lines };
}

/** Milliseconds per phase, median of three steps in which every phase is awaited before the next begins. */
async function profile(run: (onPhase: PhaseHook) => Promise<number>): Promise<Record<string, number>> {
  const samples: Record<string, number[]> = {};
  for (let i = 0; i < 4; i++) {
    const timer = new PhaseTimer();
    await run(timer.hook);
    // The first profiled step compiles the parts, and its graphs return their memory.
    if (i > 0) for (const [phase, ms] of Object.entries(timer.times)) samples[phase] = [...(samples[phase] ?? []), ms];
  }
  return Object.fromEntries(Object.entries(samples).map(([phase, ms]) => [phase, Math.round(median(ms))]));
}

/** Sessions the ONNX Runtime backend has compiled so far; 0 on other backends. */
function sessionsCompiled(): number {
  const backend = tf.backend() as { stats?: () => { sessionsCompiled: number } };
  return backend.stats?.().sessionsCompiled ?? 0;
}

function drawBatch(config: Config, rng: Generator): Batch {
  const { batchSize } = config.training;
  const { imageSize } = config.views;
  const side = imageSize / config.model.patchSize;
  const crops = tf.tensor4d(Array.from({ length: 2 * batchSize }, () => cropGrid(rng, side)).flat(), [
    2,
    batchSize,
    side * side,
    2,
  ]);
  return {
    views: rng.uniformTensor([2 * batchSize, imageSize, imageSize, 3]) as tf.Tensor4D,
    positions: crops,
    initIndices: drawInitialIndices(rng, batchSize, 2 * side * side, config.clustering.clusters),
  };
}

/** Patch positions of a random crop of a 640 × 480 image: x by column, y by row. */
function cropGrid(rng: Generator, side: number): number[] {
  const scale = rng.uniform(0.5, 1);
  const [left, top] = [rng.uniform(0, 640 * (1 - scale)), rng.uniform(0, 480 * (1 - scale))];
  return Array.from({ length: side * side }, (_, n) => [
    left + ((n % side) + 0.5) * ((640 * scale) / side),
    top + (Math.floor(n / side) + 0.5) * ((480 * scale) / side),
  ]).flat();
}

/** Speed of a plain 1024³ matMul on the current backend, the best of five. */
export async function matMulGflops(size = 1024): Promise<number> {
  const a = tf.ones([size, size]);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 6; i++) {
    const began = performance.now();
    const corner = tf.tidy(() => {
      let product = tf.matMul(a, a);
      for (let n = 1; n < 4; n++) product = tf.matMul(product, a);
      return tf.slice(product, [0, 0], [1, 1]);
    });
    await corner.data();
    corner.dispose();
    best = Math.min(best, performance.now() - began);
  }
  a.dispose();
  return (4 * 2 * size ** 3) / best / 1e6;
}
