import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { type Command, Option } from 'commander';
import { loadBackend } from '../backends/load.js';
import { loadWeights, readCheckpointInfo, resolveCheckpoint, type Weights } from '../checkpoint/load.js';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { fromInput } from '../errors.js';
import { digestOfWeights, type EvaluationResult, type Figure, recordOf } from '../evaluations/record.js';
import {
  type EvaluationPicture,
  evaluationsOf,
  folderOf,
  readEvaluation,
  saveEvaluation,
} from '../evaluations/saved.js';
import { count } from './number-flags.js';
import { deliverResult } from './output.js';
import { PhaseBars } from './phase-bars.js';

/** A way to evaluate a checkpoint, as a command runs it. */
export interface Protocol<Flags extends EvaluationFlags, Numbers extends object> {
  /** Such as `dense-nn`. */
  readonly name: string;
  /** Checks the flags against the checkpoint and opens the data: what is wrong shows before anything is computed. */
  prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<Numbers>>;
  /** The numbers that a table in the paper would show. */
  headline(numbers: Numbers): Figure[];
  /** The result for people. */
  table(result: EvaluationResult<Numbers>): string[];
}

export interface Prepared<Numbers extends object> {
  /** The data sets that take part. */
  readonly data: readonly { readonly name: string; readonly length: number }[];
  /** Computes the numbers: plain data, ready for JSON. The parameters stay the caller's. */
  run(params: Params, bars: PhaseBars): Promise<Numbers>;
  /** Draws what belongs to them; called after `run`. */
  pictures?(numbers: Numbers): Promise<EvaluationPicture[]>;
}

/** The flags that all evaluations of a checkpoint share. */
export interface EvaluationFlags {
  checkpoint: string;
  weights: Weights;
  backend: string;
  pictures: number;
  save?: string;
  fresh?: boolean;
  out?: string;
  json?: boolean;
}

/** Flags that say where things are or go, but do not decide the numbers. */
const placing = new Set(['checkpoint', 'weights', 'pictures', 'save', 'fresh', 'out', 'json', 'detections']);

/** Adds `--checkpoint` and `--weights`, which come before a protocol's own options. */
export function addCheckpointOptions(command: Command): Command {
  return command
    .requiredOption('--checkpoint <dir>', 'run folder (its newest checkpoint) or checkpoint folder')
    .addOption(
      new Option('--weights <which>', 'network to evaluate; random is the same network at initialisation')
        .choices(['teacher', 'student', 'random'])
        .default('teacher'),
    );
}

/** Adds `--backend` and what becomes of the result, which come after a protocol's own options. */
export function addResultOptions(command: Command): Command {
  return command
    .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
    .option('--pictures <n>', 'examples to draw', count, 4)
    .option('--save <dir>', 'folder to keep result and pictures in (default: evaluations/ of the run)')
    .option('--fresh', 'evaluate again even if the same evaluation was kept before')
    .option('--out <file>', 'also write the result as JSON to this file')
    .option('--json', 'print the result as JSON on stdout');
}

/** The action of a command: evaluates the checkpoint that the flags name, unless the same was done before, and delivers the result. */
export async function evaluateCheckpoint<Flags extends EvaluationFlags, Numbers extends object>(
  flags: Flags,
  protocol: Protocol<Flags, Numbers>,
): Promise<void> {
  const checkpoint = resolveCheckpoint(flags.checkpoint);
  const info = await readCheckpointInfo(checkpoint);
  const { weights } = flags;
  const prepared = await protocol.prepare(flags, info);
  const record = recordOf(
    { protocol: protocol.name, checkpoint, step: info.step, weights },
    {
      settings: Object.fromEntries(Object.entries(flags).filter(([name]) => !placing.has(name))),
      data: prepared.data.map(({ name, length }) => ({ name, images: length })),
      weightsSha256: await digestOfWeights(checkpoint, info, weights),
    },
  );
  const root = flags.save ?? evaluationsOf(checkpoint);
  const folder = root === undefined ? undefined : folderOf(root, record);

  const earlier = flags.fresh || folder === undefined ? undefined : readEvaluation(folder);
  if (earlier !== undefined) {
    const { date } = earlier.result.reproduce;
    process.stderr.write(`Evaluated before, on ${date}: ${earlier.folder}; --fresh evaluates again.\n`);
    const result = earlier.result as EvaluationResult<Numbers>;
    return deliverResult(flags, result, () => protocol.table(result));
  }

  await loadBackend({ name: flags.backend });
  const params = await loadWeights(checkpoint, info, weights);
  const bars = new PhaseBars();
  const numbers = await fromInput(() => prepared.run(params, bars)).finally(() => {
    bars.stop();
    tf.dispose(params);
  });
  const result = { ...record, headline: protocol.headline(numbers), ...numbers };
  deliverResult(flags, result, () => protocol.table(result));
  if (folder === undefined) return;
  const pictures = flags.pictures > 0 ? ((await prepared.pictures?.(numbers)) ?? []) : [];
  try {
    await saveEvaluation(folder, result, pictures);
    process.stderr.write(`Kept in ${folder}\n`);
  } catch (error) {
    // The numbers are out already; a full or read-only disk must not turn them into a failure.
    process.stderr.write(`The result could not be kept in ${folder}: ${(error as Error).message}\n`);
  }
}
