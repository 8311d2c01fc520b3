import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { toDevice } from './batch.js';
import { loadTrainState, readCheckpointInfo } from './checkpoint/load.js';
import { saveCheckpoint } from './checkpoint/save.js';
import type { Config } from './config/schema.js';
import { createLoader, type ImageSource } from './data/index.js';
import { InputError } from './errors.js';
import { runGenerator, stepGenerator } from './generators.js';
import { loaderSettings } from './loader-settings.js';
import { networkConfig } from './model.js';
import { type BadStep, dumpBadStep, NotFiniteError, skipBadStep } from './not-finite.js';
import type { Oracle } from './oracle/open-oracle.js';
import { measuredApart, PhaseTimer } from './phase-timer.js';
import type { PretrainOptions, PretrainResult } from './pretrain-options.js';
import { isDiskError } from './run/disk-errors.js';
import type { RunFolder } from './run/run-folder.js';
import { type StepReport, trainStep } from './step.js';
import { settingsAt } from './step-settings.js';
import { disposeTrainState, initTrainState, type TrainState } from './train-state.js';

/** What a run learns from. */
export interface TrainingData {
  images: ImageSource;
  stepsPerEpoch: number;
  /** Labels, where the settings ask for a supervised oracle. */
  oracle: Oracle | undefined;
}

/**
 * The training loop: batches of two views, one step each, a row of metrics per step, a checkpoint now and then.
 * Everything random descends from the seed, split by the step's number, so that a resumed run draws what it would have.
 */
export async function train(
  folder: RunFolder,
  { images: { entries, layout, description }, stepsPerEpoch, oracle }: TrainingData,
  { config, source, split, signal, resume = false, ...options }: PretrainOptions,
): Promise<PretrainResult> {
  const network = networkConfig(config);
  let checkpoint = folder.newestCheckpoint;
  const state = checkpoint
    ? await resumeFrom(checkpoint, config, stepsPerEpoch)
    : initTrainState(config, network, runGenerator(config.seed));
  const firstStep = state.step;
  let savedStep = firstStep;
  const { epochs, batchSize, checkpointEvery, checkpointEverySteps, maxSteps, onNan } = config.training;
  const totalSteps = Math.min(epochs * stepsPerEpoch, maxSteps ?? Number.POSITIVE_INFINITY);
  const progress = options.progress?.(totalSteps, firstStep);
  const log = await folder.begin(
    config,
    {
      source: resolve(source),
      ...(split !== undefined && { split }),
      layout,
      images: entries.length,
      stepsPerEpoch,
      totalSteps,
      backend: config.backend.name,
    },
    { firstStep, resumed: resume, progress },
  );
  log.note(`${resume ? 'resumed' : 'started'} at step ${firstStep} of ${totalSteps}; ${description}`);

  let unreadable = 0;
  const loader = createLoader({
    ...loaderSettings(config),
    entries,
    onSkip(_, reason) {
      unreadable++;
      log.say(`skipped ${reason}`);
    },
  });
  const context = { config, network, stepsPerEpoch };
  const save = async () => {
    if (checkpoint !== undefined && savedStep === state.step) return checkpoint;
    checkpoint = await saveCheckpoint(folder.path, state, context);
    savedStep = state.step;
    log.note(`wrote ${checkpoint}`);
    return checkpoint;
  };
  const checkpointDue = () =>
    state.step % (checkpointEvery * stepsPerEpoch) === 0 ||
    (checkpointEverySteps !== undefined && state.step % checkpointEverySteps === 0);
  const began = performance.now();
  let last: StepReport | undefined;

  try {
    while (state.step < totalSteps && !signal?.aborted) {
      let waited = performance.now();
      for await (const loaded of loader.epoch(Math.floor(state.step / stepsPerEpoch), state.step % stepsPerEpoch)) {
        const labels = await oracle?.label(loaded);
        const started = performance.now();
        const { step } = state;
        const at = settingsAt(step, config, stepsPerEpoch);
        const batch = toDevice(loaded, config, step, labels);
        const dropPath = stepGenerator(config.seed, step).split('drop-path');
        const take = (timer?: PhaseTimer) => trainStep(state, batch, network, config, at, dropPath, timer?.hook);
        const timer = phasesDue(step, config) ? new PhaseTimer() : undefined;
        last = timer ? await measuredApart(() => take(timer)) : await take();
        const done = performance.now();
        const imagesPerSecond = (1000 * batchSize) / (done - waited);
        folder.record({
          step,
          time: Date.now(),
          ...at,
          studentTemp: config.losses.studentTemp,
          ...last,
          objectsPerImage: last.objects / batchSize,
          dataMs: started - waited,
          stepMs: done - started,
          imagesPerSecond,
          rssMiB: process.memoryUsage.rss() / 2 ** 20,
          tensors: tf.memory().numTensors,
          unreadable,
          ...(timer && { phases: { data: started - waited, ...timer.times } }),
        });
        if (!last.applied) {
          const bad: BadStep = { state, batch, files: loaded.files, report: last };
          if (onNan === 'stop') throw await dumpBadStep(folder.path, bad, context);
          log.say(skipBadStep(bad));
        }
        tf.dispose({ ...batch });
        progress?.update(state.step, progressDetails(last, imagesPerSecond));
        if (checkpointDue()) await save();
        if (state.step >= totalSteps || signal?.aborted) break;
        waited = performance.now();
      }
    }
    await save();
    log.note(`${state.step >= totalSteps ? 'finished' : 'stopped'} after step ${state.step}`);
  } catch (error) {
    if (!isDiskError(error)) {
      log.note(`ended at step ${state.step}: ${(error as Error).message}`);
      // A step that failed left the state as it was before it; only one that led to no finite loss is not worth keeping.
      if (!(error instanceof NotFiniteError) && state.step > savedStep) await save();
    }
    throw error;
  } finally {
    progress?.stop();
    await loader.close();
    disposeTrainState(state);
  }
  return {
    out: folder.path,
    checkpoint: checkpoint!,
    images: entries.length,
    skipped: unreadable,
    steps: state.step,
    skippedSteps: state.skippedSteps.length,
    finished: state.step >= totalSteps,
    seconds: (performance.now() - began) / 1000,
    last,
  };
}

async function resumeFrom(checkpoint: string, config: Config, stepsPerEpoch: number): Promise<TrainState> {
  const info = await readCheckpointInfo(checkpoint);
  if (JSON.stringify(info.network) !== JSON.stringify(networkConfig(config))) {
    throw new InputError(
      `${checkpoint} holds another architecture than these settings describe; leave the settings out to continue with its own.`,
    );
  }
  if (info.stepsPerEpoch !== stepsPerEpoch) {
    throw new InputError(
      `${checkpoint} counts ${info.stepsPerEpoch} steps per epoch, these images in batches of this size make ${stepsPerEpoch}; a resumed run needs the same images and training.batchSize.`,
    );
  }
  if (config.bootstrapping.criterion === 'labels' && info.config.bootstrapping.criterion !== 'labels') {
    throw new InputError(
      `${checkpoint} holds no classes of stored objects, expected a run that has had bootstrapping.criterion labels from its start.`,
    );
  }
  const { state } = await loadTrainState(checkpoint, config.bank.storage);
  // Without labels from here on, the classes of stored objects would go stale.
  if (config.bootstrapping.criterion !== 'labels') delete state.objectLabels;
  return state;
}

/** Phases are measured from the eleventh step on, when the usual graphs are compiled. */
function phasesDue(step: number, { logging: { phasesEvery } }: Config): boolean {
  return phasesEvery > 0 && step >= 10 && (step - 10) % phasesEvery === 0;
}

const progressDetails = (report: StepReport, imagesPerSecond: number) => ({
  loss: report.loss.toFixed(3),
  bootstrap: `${(100 * report.bootstrapRatio).toFixed(0)} %`,
  'images/s': imagesPerSecond.toFixed(1),
});
