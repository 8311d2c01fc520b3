import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { stringify } from 'yaml';
import { loadBackend } from './backends/load.js';
import { listCheckpoints } from './checkpoint/folder.js';
import { loadTrainState, readCheckpointInfo, runGenerator } from './checkpoint/load.js';
import { saveCheckpoint } from './checkpoint/save.js';
import type { Config } from './config/schema.js';
import { createLoader, type LoadedBatch, listImages } from './data/index.js';
import { fromInput, InputError } from './errors.js';
import { type NetworkConfig, networkConfig } from './model.js';
import type { Progress } from './progress.js';
import { MetricsLog } from './run-log.js';
import { type Batch, type StepReport, trainStep } from './step.js';
import { settingsAt } from './step-settings.js';
import { disposeTrainState, initTrainState, type TrainState } from './train-state.js';
import { viewPolicy } from './view-policy.js';

export interface PretrainOptions {
  /** A folder of images (searched recursively) or a list file. */
  source: string;
  /** The run folder: config, metrics and checkpoints go here. */
  out: string;
  config: Config;
  /** Go on from the newest checkpoint in `out`. */
  resume?: boolean;
  /** Aborting it finishes the step under way, writes a checkpoint and returns. */
  signal?: AbortSignal;
  /** Called once the number of steps is known. */
  progress?: (totalSteps: number, firstStep: number) => Progress;
}

export interface PretrainResult {
  out: string;
  /** The newest checkpoint. */
  checkpoint: string;
  images: number;
  /** Images that could not be read. */
  skipped: number;
  steps: number;
  /** False when the run was stopped before its last step. */
  finished: boolean;
  seconds: number;
  last: StepReport | undefined;
}

/**
 * Pretrains a vision transformer on a folder of images: one call does everything, from loading the backend to the
 * last checkpoint. Throws an `InputError` for anything wrong with the arguments, before anything is written.
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { config, out, signal } = options;
  const files = await fromInput(() => listImages(options.source));
  const { batchSize, epochs } = config.training;
  const stepsPerEpoch = Math.floor(files.length / batchSize);
  if (stepsPerEpoch === 0) {
    throw new InputError(
      `${options.source} holds ${files.length} images, expected at least one batch of ${batchSize} (training.batchSize).`,
    );
  }
  const resumed = checkRunFolder(out, options.resume ?? false);
  await loadBackend(config.backend);

  const network = networkConfig(config);
  const rng = runGenerator(config.seed);
  const state = resumed ? await resumeFrom(resumed, network, stepsPerEpoch) : initTrainState(config, network, rng);
  const totalSteps = Math.min(epochs * stepsPerEpoch, config.training.maxSteps ?? Number.POSITIVE_INFINITY);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'config.yaml'), stringify(config));
  const log = new MetricsLog(join(out, 'metrics.jsonl'));
  const progress = options.progress?.(totalSteps, state.step);

  let skipped = 0;
  const loader = createLoader({
    files,
    batchSize,
    viewSize: config.views.imageSize,
    patchSize: config.model.patchSize,
    policy: viewPolicy(config),
    seed: config.seed,
    workers: config.loading.workers,
    cacheMegabytes: config.loading.cacheMegabytes,
    strict: config.loading.strict,
    ...(config.loading.decodeMaxSide !== undefined && { decodeMaxSide: config.loading.decodeMaxSide }),
    onSkip(file, reason) {
      skipped++;
      progress?.log(`skipped ${file}: ${reason}`);
    },
  });
  const save = () => saveCheckpoint(out, state, { config, network, stepsPerEpoch });
  const began = performance.now();
  let checkpoint: string | undefined;
  let last: StepReport | undefined;
  try {
    while (state.step < totalSteps && !signal?.aborted) {
      const epoch = Math.floor(state.step / stepsPerEpoch);
      let waited = performance.now();
      for await (const loaded of loader.epoch(epoch, state.step % stepsPerEpoch)) {
        const started = performance.now();
        const at = settingsAt(state.step, config, stepsPerEpoch);
        const stepRng = rng.split(`step-${state.step}`);
        const batch = toDevice(loaded, config, stepRng);
        last = await trainStep(state, batch, network, config, at, stepRng.split('drop-path'));
        tf.dispose({ ...batch });
        const done = performance.now();
        log.write({
          step: state.step - 1,
          ...at,
          ...last,
          dataMs: started - waited,
          stepMs: done - started,
          imagesPerSecond: (1000 * batchSize) / (done - waited),
          rssMiB: process.memoryUsage.rss() / 2 ** 20,
          tensors: tf.memory().numTensors,
        });
        progress?.update(state.step, progressDetails(last, (1000 * batchSize) / (done - waited)));
        stopIfNotFinite(last, state.step - 1, loaded.files);
        if (state.step >= totalSteps || signal?.aborted) break;
        waited = performance.now();
      }
      const epochsDone = state.step / stepsPerEpoch;
      if (epochsDone % config.training.checkpointEvery === 0) checkpoint = await save();
    }
    if (checkpoint === undefined || !checkpoint.endsWith(String(state.step))) checkpoint = await save();
  } finally {
    progress?.stop();
    await loader.close();
    disposeTrainState(state);
  }
  return {
    out,
    checkpoint,
    images: files.length,
    skipped,
    steps: state.step,
    finished: state.step >= totalSteps,
    seconds: (performance.now() - began) / 1000,
    last,
  };
}

/** The checkpoint to resume from, if any. A folder that already holds a run is only touched by `resume`. */
function checkRunFolder(out: string, resume: boolean): string | undefined {
  const newest = listCheckpoints(out).at(-1);
  if (resume && newest === undefined) {
    throw new InputError(`${out} holds no checkpoint to resume from; leave --resume out to start a new run.`);
  }
  if (!resume && existsSync(join(out, 'metrics.jsonl'))) {
    throw new InputError(`${out} already holds a run; continue it with --resume or choose another --out.`);
  }
  return newest;
}

async function resumeFrom(checkpoint: string, network: NetworkConfig, stepsPerEpoch: number): Promise<TrainState> {
  const info = await readCheckpointInfo(checkpoint);
  if (JSON.stringify(info.network) !== JSON.stringify(network)) {
    throw new InputError(
      `${checkpoint} holds another architecture than these settings describe; leave the settings out to continue with its own.`,
    );
  }
  if (info.stepsPerEpoch !== stepsPerEpoch) {
    throw new InputError(
      `${checkpoint} counts ${info.stepsPerEpoch} steps per epoch, these images in batches of this size make ${stepsPerEpoch}; a resumed run needs the same images and training.batchSize.`,
    );
  }
  return (await loadTrainState(checkpoint)).state;
}

function toDevice(loaded: LoadedBatch, { views, clustering, training, model }: Config, rng: Generator): Batch {
  const size = views.imageSize;
  const tokens = (size / model.patchSize) ** 2;
  return {
    views: tf.tensor4d(loaded.views, [2 * training.batchSize, size, size, 3]),
    positions: tf.tensor4d(loaded.positions, [2, training.batchSize, tokens, 2]),
    initIndices: drawInitialIndices(rng.split('clusters'), training.batchSize, 2 * tokens, clustering.clusters),
  };
}

function stopIfNotFinite(report: StepReport, step: number, files: string[]): void {
  if (Number.isFinite(report.loss)) return;
  throw new InputError(
    `The loss of step ${step} is ${report.loss} (global ${report.lossGlobal}, object ${report.lossObject}, cross-image ${report.lossCrossImage}); the batch was ${files.join(', ')}. A lower optimizer.lr usually helps.`,
  );
}

const progressDetails = (report: StepReport, imagesPerSecond: number) => ({
  loss: report.loss.toFixed(3),
  bootstrap: `${(100 * report.bootstrapRatio).toFixed(0)} %`,
  'images/s': imagesPerSecond.toFixed(1),
});
