import { join } from 'node:path';
import type { MemoryBank } from '@cribo/memory-bank';
import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { loadWeights } from '../../checkpoint/load.js';
import { restoreBank } from '../../checkpoint/restore-bank.js';
import type { CheckpointInfo } from '../../checkpoint/save.js';
import { readTensorFile } from '../../checkpoint/tensor-file.js';
import { fromInput } from '../../errors.js';
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
  const state = await fromInput(() => readTensorFile(join(folder, 'state.safetensors')));
  const bank = await restoreBank(state, info.config, info.network);
  return { info, params: await loadWeights(folder, info, 'teacher'), bank };
}

export function disposeTeacher({ params, bank }: Teacher): void {
  tf.dispose(params);
  bank.dispose();
}
