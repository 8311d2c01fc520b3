import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHost, type HostTensor } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from './backends/load.js';
import type { Batch } from './batch.js';
import { loadTrainState, readCheckpointInfo } from './checkpoint/load.js';
import { readTensorFile } from './checkpoint/tensor-file.js';
import { fromInput, InputError } from './errors.js';
import { stepGenerator } from './generators.js';
import { batchFile, filesFile } from './not-finite.js';
import { type StepReport, trainStep } from './step.js';
import { settingsAt } from './step-settings.js';
import { disposeTrainState } from './train-state.js';

/** What a tensor of a step held. */
export interface TensorSummary {
  phase: string;
  name: string;
  shape: number[];
  /** Values that are NaN or infinite. */
  notFinite: number;
  /** Largest finite magnitude. */
  largest: number;
}

export interface Replay {
  step: number;
  files: string[];
  report: StepReport;
  /** Every tensor of the step by phase, in the order in which the step makes them. */
  tensors: TensorSummary[];
}

/** Takes the step of a dump (`RUN/not-finite-step-…`) again and looks at every tensor on the way. Writes nothing. */
export async function replayStep(dump: string, backend?: string): Promise<Replay> {
  if (!existsSync(join(dump, batchFile))) {
    throw new InputError(`${dump} holds no ${batchFile}, expected a folder RUN/not-finite-step-….`);
  }
  const { config, network, stepsPerEpoch } = await readCheckpointInfo(dump);
  await loadBackend(backend === undefined ? config.backend : { ...config.backend, name: backend });
  const batch = await fromInput(() => readBatch(join(dump, batchFile)));
  const { state } = await loadTrainState(dump);
  const { step } = state;
  const rng = stepGenerator(config.seed, step).split('drop-path');
  const tensors: TensorSummary[] = [];
  const report = await trainStep(
    state,
    batch,
    network,
    config,
    settingsAt(step, config, stepsPerEpoch),
    rng,
    async (phase, seen) => {
      for (const [name, tensor] of Object.entries(seen)) tensors.push(await summary(phase, name, tensor));
    },
  );
  tf.dispose({ ...batch });
  disposeTrainState(state);
  return { step, files: readFileSync(join(dump, filesFile), 'utf8').trim().split('\n'), report, tensors };
}

function readBatch(file: string): Batch {
  const tensors = readTensorFile(file);
  const tensor = (name: string) => {
    const saved: HostTensor | undefined = tensors.get(name);
    if (saved === undefined) throw new Error(`${file} lacks "${name}".`);
    return fromHost(saved);
  };
  return {
    views: tensor('views') as tf.Tensor4D,
    positions: tensor('positions') as tf.Tensor4D,
    initIndices: tensor('initIndices') as tf.Tensor2D,
    ...(tensors.has('regions') && { regions: tensor('regions') as tf.Tensor2D }),
    ...(tensors.has('classes') && { classes: tensor('classes') as tf.Tensor2D }),
  };
}

async function summary(phase: string, name: string, tensor: tf.Tensor): Promise<TensorSummary> {
  let notFinite = 0;
  let largest = 0;
  for (const value of await tensor.data()) {
    if (!Number.isFinite(value)) notFinite++;
    else largest = Math.max(largest, Math.abs(value));
  }
  return { phase, name, shape: tensor.shape, notFinite, largest };
}
