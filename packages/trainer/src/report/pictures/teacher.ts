import { join } from 'node:path';
import { MemoryBank } from '@cribo/memory-bank';
import type { HostTensor, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { loadWeights } from '../../checkpoint/load.js';
import type { CheckpointInfo } from '../../checkpoint/save.js';
import { readTensorFile } from '../../checkpoint/tensor-file.js';
import { fromInput } from '../../errors.js';
import { bankOptions } from '../../train-state.js';
import type { Checkpoint } from '../read-run.js';

/** The part of a checkpoint that sees objects: the teacher and the memory bank. */
export interface Teacher {
  info: CheckpointInfo;
  /** Named `backbone.*` and `head.*`. */
  params: Params;
  bank: MemoryBank;
}

/** Loads teacher and bank; the student and the optimizer, most of a checkpoint, stay on disk. */
export async function loadTeacher({ folder, info }: Checkpoint): Promise<Teacher> {
  const bank = await fromInput(() => {
    const tensors = readTensorFile(join(folder, 'state.safetensors'));
    const saved: Record<string, HostTensor> = {};
    for (const [name, value] of tensors) if (name.startsWith('bank/')) saved[name.slice('bank/'.length)] = value;
    return MemoryBank.restore(bankOptions(info.config, info.network), saved);
  });
  return { info, params: await loadWeights(folder, info, 'teacher'), bank };
}

export function disposeTeacher({ params, bank }: Teacher): void {
  tf.dispose(params);
  bank.dispose();
}
