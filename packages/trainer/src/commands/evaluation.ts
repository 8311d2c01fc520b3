import { resolve } from 'node:path';
import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { type Command, Option } from 'commander';
import { isPath, loadBackend } from '../backends/load.js';
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
import { checkWritable, deliverResult } from './output.js';
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
  /** What decides the numbers and does not stand in the flags as it should, such as an image size left to the checkpoint. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Computes the numbers: plain data, ready for JSON. The parameters stay the caller's. */
  run(params: Params, bars: PhaseBars): Promise<Numbers>;
  /** Draws what belongs to them; called after `run`. */
  pictures?(numbers: Numbers): Promise<EvaluationPicture[]>;
}

/** The flags that evaluations of a checkpoint share. */
export interface EvaluationFlags {
  checkpoint: string;
  weights: Weights;
  backend: string;
  /** Of commands with {@link addPictureOption}. */
  pictures?: number;
  save?: string;
  fresh?: boolean;
  out?: string;
  json?: boolean;
}

/** Flags that ask for more than a kept result has: with one of them an evaluation is always computed. */
const demanding = ['detections', 'saveWeights', 'queryPatch'] as const;

/** Flags that say where things are or go, but do not decide the numbers. */
const placing = new Set<string>(['checkpoint', 'weights', 'pictures', 'save', 'fresh', 'out', 'json', ...demanding]);

/** Every flag that decides the numbers; a folder or a module is the same however its path is spelled. */
const decidingFlags = (flags: EvaluationFlags & { root?: string }): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(flags).filter(([name]) => !placing.has(name))),
  ...(flags.root !== undefined && { root: resolve(flags.root) }),
  backend: isPath(flags.backend) ? resolve(flags.backend) : flags.backend,
});

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

/** Adds `--pictures` to a command that draws some. */
export const addPictureOption = (command: Command): Command =>
  command.option('--pictures <n>', 'images to draw with their result; 0 draws nothing', count, 4);

/**
 * Adds `--backend` and what becomes of the result, which come after a protocol's own options.
 * @param examples flags of command lines for the end of the help
 */
export function addResultOptions(command: Command, examples: readonly string[]): Command {
  return command
    .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
    .option('--save <dir>', 'folder to keep result and pictures in (default: evaluations/ of the run)')
    .option('--fresh', 'evaluate again even if the same evaluation was kept before')
    .option('--out <file>', 'also write the result as JSON to this file')
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText(
      'after',
      `
The result is kept in the folder of the run. The same evaluation of the same weights is not computed again but printed from there.

${examples.map((flags) => `  cribo eval ${command.name()} ${flags}`).join('\n')}`,
    );
}

/** The action of a command: evaluates the checkpoint that the flags name, unless the same was done before, and delivers the result. */
export async function evaluateCheckpoint<Flags extends EvaluationFlags, Numbers extends object>(
  flags: Flags,
  protocol: Protocol<Flags, Numbers>,
): Promise<void> {
  const checkpoint = resolveCheckpoint(flags.checkpoint);
  const info = await readCheckpointInfo(checkpoint);
  const { weights } = flags;
  if (flags.out !== undefined) checkWritable('--out', flags.out);
  const prepared = await protocol.prepare(flags, info);
  const record = recordOf(
    { protocol: protocol.name, checkpoint, step: weights === 'random' ? 0 : info.step, weights },
    {
      settings: { ...decidingFlags(flags), ...prepared.settings },
      data: prepared.data.map(({ name, length }) => ({ name, images: length })),
      weightsSha256: await digestOfWeights(checkpoint, info, weights),
    },
  );
  const root = flags.save ?? evaluationsOf(checkpoint);
  const folder = root === undefined ? undefined : folderOf(root, record);

  const anew = flags.fresh || demanding.some((name) => name in flags);
  const earlier = anew || folder === undefined ? undefined : readEvaluation(folder);
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
  try {
    const pictures = flags.pictures === 0 ? [] : ((await prepared.pictures?.(numbers)) ?? []);
    await saveEvaluation(folder, result, pictures);
    process.stderr.write(`Kept in ${folder}\n`);
  } catch (error) {
    // The numbers are out already; a full or read-only disk must not turn them into a failure.
    process.stderr.write(`The result could not be kept in ${folder}: ${(error as Error).message}\n`);
  }
}
