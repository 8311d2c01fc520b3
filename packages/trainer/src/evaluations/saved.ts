import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { runOf, writeFolder } from '../checkpoint/folder.js';
import { InputError } from '../errors.js';
import { writeSynced } from '../synced-files.js';
import { type EvaluationRecord, type EvaluationResult, evaluationKey } from './record.js';

/** A PNG that belongs to an evaluation. */
export interface EvaluationPicture {
  /** Its file name without extension, such as `confusion`. */
  readonly name: string;
  readonly png: Uint8Array;
  readonly about: AboutPicture;
}

export interface AboutPicture {
  /** What it shows, one sentence. */
  readonly caption: string;
  /** What its colours mean, as `#rrggbb`. */
  readonly legend?: readonly { readonly name: string; readonly colour: string }[];
}

/** An evaluation that was kept in a folder. */
export interface SavedEvaluation {
  readonly folder: string;
  readonly result: EvaluationResult;
  readonly pictures: readonly (AboutPicture & { readonly file: string })[];
}

/** Where the evaluations of a checkpoint are kept: beside the `checkpoints` folder of its run; undefined if it lies in none. */
export function evaluationsOf(checkpoint: string): string | undefined {
  const run = runOf(resolve(checkpoint));
  return run === undefined ? undefined : join(run, 'evaluations');
}

/** The folder of one evaluation: the same for the same settings, weights and data. */
export function folderOf(root: string, record: EvaluationRecord): string {
  const { protocol, weights, step, reproduce } = record;
  const parts = [protocol, reproduce.settings.dataset, weights, `step-${step}`, evaluationKey(record).slice(0, 8)];
  return join(root, parts.filter((part) => part !== undefined).join('-'));
}

/** Keeps a result and its pictures, all or nothing. */
export async function saveEvaluation(
  folder: string,
  result: EvaluationResult,
  pictures: readonly EvaluationPicture[],
): Promise<void> {
  await writeFolder(folder, async (scratch) => {
    for (const { name, png } of pictures) writeSynced(join(scratch, `${name}.png`), png);
    const listed = pictures.map(({ name, about }) => ({ file: `${name}.png`, ...about }));
    writeSynced(join(scratch, 'pictures.json'), `${JSON.stringify(listed, null, 2)}\n`);
    writeSynced(join(scratch, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  });
}

/** What tables and reports read of a result. */
const resultSchema = z.looseObject({
  protocol: z.string(),
  checkpoint: z.string(),
  step: z.number(),
  weights: z.string(),
  headline: z.array(z.looseObject({ name: z.string(), value: z.number().nullable() })),
  reproduce: z.looseObject({
    directory: z.string(),
    settings: z.record(z.string(), z.unknown()),
    data: z.array(z.looseObject({ name: z.string(), images: z.number() })),
    date: z.string(),
  }),
});

const picturesSchema = z.array(
  z.looseObject({
    file: z.string(),
    caption: z.string(),
    legend: z.array(z.looseObject({ name: z.string(), colour: z.string() })).optional(),
  }),
);

/**
 * The evaluation kept in a folder, or undefined where there is none.
 * @throws InputError of one sentence that names the file that is damaged or missing
 */
export function readEvaluation(folder: string): SavedEvaluation | undefined {
  const file = join(folder, 'result.json');
  if (!existsSync(file)) return undefined;
  const result = readJson(file, resultSchema) as EvaluationResult;
  const list = join(folder, 'pictures.json');
  const pictures = readJson(list, picturesSchema) as (AboutPicture & { file: string })[];
  const lost = pictures.find((picture) => !existsSync(join(folder, picture.file)));
  if (lost !== undefined) throw damaged(list, `lists ${lost.file}, which is not there`);
  return { folder, result, pictures: pictures.map(({ file, ...about }) => ({ file: join(folder, file), ...about })) };
}

/** All evaluations kept for a run, oldest first. */
export function listEvaluations(runDir: string): SavedEvaluation[] {
  const root = join(runDir, 'evaluations');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => !name.startsWith('.')) // What is being written, or was when its process was killed.
    .sort()
    .flatMap((name) => readEvaluation(join(root, name)) ?? [])
    .sort((a, b) => a.result.reproduce.date.localeCompare(b.result.reproduce.date));
}

function readJson(file: string, schema: z.ZodType): unknown {
  let tree: unknown;
  try {
    tree = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw damaged(file, `cannot be read as JSON (${(error as Error).message})`);
  }
  const issue = schema.safeParse(tree).error?.issues[0];
  if (issue !== undefined)
    throw damaged(file, `is not that of an evaluation (${issue.path.join('.')}: ${issue.message})`);
  return tree;
}

const damaged = (file: string, how: string) =>
  new InputError(`${file} ${how}; remove its folder, or evaluate again with --fresh.`);
