import { type HostTensor, toHost, writeSafetensors } from '@cribo/tensor';
import { toStateDict } from '@cribo/vit';
import type { Config } from '../config/schema.js';
import type { NetworkConfig } from '../model.js';
import type { TrainState } from '../train-state.js';
import { writeCheckpointFolder } from './folder.js';

/** What `checkpoint.json` holds. */
export interface CheckpointInfo {
  format: 1;
  step: number;
  stepsPerEpoch: number;
  config: Config;
  network: NetworkConfig;
  /** Updates per parameter, as the optimizer counts them. */
  optimizerSteps: Record<string, number>;
}

/**
 * Writes the complete state of a run as `RUN/checkpoints/step-…`: `student.safetensors` and `teacher.safetensors` under
 * timm/DINO names, `optimizer.safetensors`, `state.safetensors` (centers and bank) and `checkpoint.json`.
 * Returns the folder.
 */
export async function saveCheckpoint(
  runDir: string,
  state: TrainState,
  context: { config: Config; network: NetworkConfig; stepsPerEpoch: number },
): Promise<string> {
  const { slots, steps } = state.optimizer.state;
  const info: CheckpointInfo = { format: 1, step: state.step, ...context, optimizerSteps: steps };
  const optimizer: Record<string, HostTensor> = {};
  for (const [slot, params] of Object.entries(slots)) {
    for (const [name, value] of Object.entries(params)) optimizer[`${slot}/${name}`] = await toHost(value);
  }
  const rest: Record<string, HostTensor> = {
    'center/global': await toHost(state.centers.global),
    'center/object': await toHost(state.centers.object),
  };
  for (const [name, value] of Object.entries(await state.bank.save())) rest[`bank/${name}`] = value;
  const files = {
    'student.safetensors': writeSafetensors(await toStateDict(state.student)),
    'teacher.safetensors': writeSafetensors(await toStateDict(state.teacher)),
    'optimizer.safetensors': writeSafetensors(optimizer),
    'state.safetensors': writeSafetensors(rest),
    'checkpoint.json': new TextEncoder().encode(`${JSON.stringify(info, null, 2)}\n`),
  };
  return writeCheckpointFolder(runDir, state.step, files, context.config.training.keepCheckpoints);
}
