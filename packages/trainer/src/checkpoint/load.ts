import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHost, type HostTensor, type Params } from '@cribo/tensor';
import { fromStateDict } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { fromInput, InputError } from '../errors.js';
import { runGenerator } from '../generators.js';
import { initNetwork } from '../model.js';
import { createOptimizer } from '../optim/index.js';
import { objectLabelsOf, type TrainState } from '../train-state.js';
import { listCheckpoints } from './folder.js';
import { restoreBank } from './restore-bank.js';
import { type CheckpointInfo, objectLabelsName } from './save.js';
import { readTensorFile } from './tensor-file.js';

/** Which network of a checkpoint to load; `random` is the student's initialisation, drawn again from the run's seed. */
export type Weights = 'teacher' | 'student' | 'random';

/** Finds the checkpoint that `path` means: a checkpoint folder itself, or the newest one of a run folder. */
export function resolveCheckpoint(path: string): string {
  if (existsSync(join(path, 'checkpoint.json'))) return path;
  const newest = listCheckpoints(path).at(-1);
  if (newest !== undefined) return newest;
  throw new InputError(
    existsSync(path)
      ? `${path} holds no checkpoint; expected checkpoint.json in it, or a run folder with checkpoints/step-….`
      : `There is no checkpoint folder ${path}.`,
  );
}

/** Reads and checks `checkpoint.json` of a checkpoint folder. */
export async function readCheckpointInfo(folder: string): Promise<CheckpointInfo> {
  const file = join(folder, 'checkpoint.json');
  const info = await fromInput(async () => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as CheckpointInfo;
    } catch (error) {
      throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`);
    }
  });
  if (info.format !== 1) {
    throw new InputError(
      `${file} has format ${JSON.stringify(info.format)}, expected 1, the only one this version reads.`,
    );
  }
  return { ...info, config: parseConfig(info.config, file) };
}

/** The parameters of one network of a checkpoint, named `backbone.*` and `head.*`. */
export async function loadWeights(folder: string, info: CheckpointInfo, weights: Weights): Promise<Params> {
  const initial = initNetwork(info.network, runGenerator(info.config.seed).split('network'));
  if (weights === 'random') return initial;
  try {
    const file = join(folder, `${weights}.safetensors`);
    return naming(file, fromStateDict)(readTensors(file), initial);
  } finally {
    tf.dispose(initial);
  }
}

/**
 * Restores the complete training state of a checkpoint.
 *
 * @param bankStorage how the memory bank goes on, if not as it was saved
 */
export async function loadTrainState(
  folder: string,
  bankStorage?: Config['bank']['storage'],
): Promise<{ state: TrainState; info: CheckpointInfo }> {
  const info = await readCheckpointInfo(folder);
  const student = await loadWeights(folder, info, 'student');
  const teacher = await loadWeights(folder, info, 'teacher');
  const { config, network } = info;

  const optimizer = createOptimizer(config.optimizer.name);
  const slots: Record<string, Params> = Object.fromEntries(
    Object.keys(optimizer.state.slots).map((slot) => [slot, {}]),
  );
  for (const [key, value] of readTensors(join(folder, 'optimizer.safetensors'))) {
    const [slot, name] = splitOnce(key);
    const params = slots[slot];
    if (params === undefined) {
      throw new InputError(
        `${join(folder, 'optimizer.safetensors')} holds "${key}", which the optimizer ${config.optimizer.name} does not have.`,
      );
    }
    params[name] = fromHost(value);
  }
  optimizer.restore({ slots, steps: info.optimizerSteps });

  const rest = readTensors(join(folder, 'state.safetensors'));
  const center = (name: string) => {
    const saved = rest.get(`center/${name}`);
    if (saved === undefined) throw new InputError(`${join(folder, 'state.safetensors')} lacks "center/${name}".`);
    return fromHost(saved) as tf.Tensor2D;
  };
  const bank = { ...config.bank, ...(bankStorage && { storage: bankStorage }) };
  const state: TrainState = {
    student,
    teacher,
    optimizer,
    centers: { global: center('global'), object: center('object') },
    bank: await restoreBank(rest, { ...config, bank }, network),
    ...(rest.has(objectLabelsName) && {
      objectLabels: await fromInput(() => objectLabelsOf(config, rest.get(objectLabelsName))),
    }),
    step: info.step,
    skippedSteps: info.skippedSteps ?? [],
  };
  return { state, info };
}

function readTensors(file: string): Map<string, HostTensor> {
  try {
    return readTensorFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(code === undefined ? message : `The checkpoint file ${file} cannot be read: ${code}.`);
  }
}

/** `f`, whose errors begin with the name of the file they are about. */
function naming<A extends unknown[], R>(file: string, f: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return f(...args);
    } catch (error) {
      throw new InputError(`${file}: ${(error as Error).message}`);
    }
  };
}

function splitOnce(key: string): [string, string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
