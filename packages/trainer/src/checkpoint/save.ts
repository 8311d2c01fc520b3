import { join } from 'node:path';
import { type LazyHostTensor, lazyHost } from '@cribo/tensor';
import { lazyStateDict } from '@cribo/vit';
import type { Config } from '../config/schema.js';
import { softwareVersions } from '../environment.js';
import type { NetworkConfig } from '../model.js';
import { writeSynced } from '../synced-files.js';
import type { TrainState } from '../train-state.js';
import { writeCheckpoint } from './folder.js';
import { writeTensorFile } from './tensor-file.js';

/** What `checkpoint.json` holds. */
export interface CheckpointInfo {
  format: 1;
  /** Steps done. With `stepsPerEpoch` it is the place in the epoch, with the seed the state of every generator. */
  step: number;
  stepsPerEpoch: number;
  /** Steps left out because their loss was not finite; absent in checkpoints of older versions. */
  skippedSteps?: number[];
  /** Of the software that wrote the checkpoint; absent in checkpoints of older versions. */
  versions?: Record<string, string>;
  config: Config;
  network: NetworkConfig;
  /** Updates per parameter, as the optimizer counts them. */
  optimizerSteps: Record<string, number>;
}

/** The classes of the objects in the bank, in `state.safetensors`. */
export const objectLabelsName = 'bank-classes';

/** What a checkpoint says besides the state itself. */
export type CheckpointContext = Pick<CheckpointInfo, 'config' | 'network' | 'stepsPerEpoch'>;

/** Writes the complete state of a run as `RUN/checkpoints/step-…`; see {@link writeState}. Returns the folder. */
export function saveCheckpoint(runDir: string, state: TrainState, context: CheckpointContext): Promise<string> {
  const { keepCheckpoints } = context.config.training;
  return writeCheckpoint(runDir, state.step, (folder) => writeState(folder, state, context), keepCheckpoints);
}

/**
 * Writes the complete state of a run into a folder: `student.safetensors` and `teacher.safetensors` under timm/DINO names,
 * `optimizer.safetensors`, `state.safetensors` (centers, bank and, with `bootstrapping.criterion: labels`, classes) and `checkpoint.json`. Everything is on the disk when the
 * promise resolves; one tensor after the other comes to host memory for it.
 */
export async function writeState(folder: string, state: TrainState, context: CheckpointContext): Promise<void> {
  const { slots, steps } = state.optimizer.state;
  const optimizer: Record<string, LazyHostTensor> = {};
  for (const [slot, params] of Object.entries(slots)) {
    for (const [name, value] of Object.entries(params)) optimizer[`${slot}/${name}`] = lazyHost(value);
  }
  const rest: Record<string, LazyHostTensor> = {
    'center/global': lazyHost(state.centers.global),
    'center/object': lazyHost(state.centers.object),
  };
  for (const [name, value] of Object.entries(state.bank.lazySave())) rest[`bank/${name}`] = value;
  if (state.objectLabels) rest[objectLabelsName] = state.objectLabels.lazySave();
  const info: CheckpointInfo = {
    format: 1,
    step: state.step,
    skippedSteps: state.skippedSteps,
    versions: softwareVersions(),
    ...context,
    optimizerSteps: steps,
  };
  await writeTensorFile(join(folder, 'student.safetensors'), lazyStateDict(state.student));
  await writeTensorFile(join(folder, 'teacher.safetensors'), lazyStateDict(state.teacher));
  await writeTensorFile(join(folder, 'optimizer.safetensors'), optimizer);
  await writeTensorFile(join(folder, 'state.safetensors'), rest);
  writeSynced(join(folder, 'checkpoint.json'), `${JSON.stringify(info, null, 2)}\n`);
}
