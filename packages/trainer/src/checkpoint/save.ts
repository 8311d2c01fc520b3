import { type HostTensor, toHost, writeSafetensors } from '@cribo/tensor';
import { toStateDict } from '@cribo/vit';
import type { Config } from '../config/schema.js';
import { softwareVersions } from '../environment.js';
import type { NetworkConfig } from '../model.js';
import type { TrainState } from '../train-state.js';
import { writeCheckpoint } from './folder.js';

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

/** What a checkpoint says besides the state itself. */
export type CheckpointContext = Pick<CheckpointInfo, 'config' | 'network' | 'stepsPerEpoch'>;

/** Writes the complete state of a run as `RUN/checkpoints/step-…`; see {@link checkpointFiles}. Returns the folder. */
export async function saveCheckpoint(runDir: string, state: TrainState, context: CheckpointContext): Promise<string> {
  const files = await checkpointFiles(state, context);
  return writeCheckpoint(runDir, state.step, files, context.config.training.keepCheckpoints);
}

/**
 * The complete state of a run as files: `student.safetensors` and `teacher.safetensors` under timm/DINO names,
 * `optimizer.safetensors`, `state.safetensors` (centers and bank) and `checkpoint.json`.
 */
export async function checkpointFiles(
  state: TrainState,
  context: CheckpointContext,
): Promise<Record<string, Uint8Array>> {
  const { slots, steps } = state.optimizer.state;
  const { step, skippedSteps } = state;
  const info: CheckpointInfo = {
    format: 1,
    step,
    skippedSteps,
    versions: softwareVersions(),
    ...context,
    optimizerSteps: steps,
  };
  const optimizer: Record<string, HostTensor> = {};
  for (const [slot, params] of Object.entries(slots)) {
    for (const [name, value] of Object.entries(params)) optimizer[`${slot}/${name}`] = await toHost(value);
  }
  const rest: Record<string, HostTensor> = {
    'center/global': await toHost(state.centers.global),
    'center/object': await toHost(state.centers.object),
  };
  for (const [name, value] of Object.entries(await state.bank.save())) rest[`bank/${name}`] = value;
  return {
    'student.safetensors': writeSafetensors(await toStateDict(state.student)),
    'teacher.safetensors': writeSafetensors(await toStateDict(state.teacher)),
    'optimizer.safetensors': writeSafetensors(optimizer),
    'state.safetensors': writeSafetensors(rest),
    'checkpoint.json': new TextEncoder().encode(`${JSON.stringify(info, null, 2)}\n`),
  };
}
