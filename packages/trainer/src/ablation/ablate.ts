import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpointInfo, resolveCheckpoint } from '../checkpoint/load.js';
import type { Config } from '../config/schema.js';
import { openImages } from '../data/index.js';
import { fromInput, InputError } from '../errors.js';
import { pretrain, trainingData } from '../pretrain.js';
import type { Progress } from '../progress.js';
import { readMetrics } from '../report/read-metrics.js';
import { explainDiskError } from '../run/disk-errors.js';
import { replaceFile } from '../synced-files.js';
import { type AblationEvaluation, evaluatedSize, evaluateInitial, evaluateTeacher } from './evaluate-run.js';
import { type PlannedRun, planRuns } from './plan.js';
import { type AblationResult, type AblationRun, rowResult } from './result.js';
import type { AblationStudy } from './study.js';
import { csvTable, markdownPage } from './tables.js';

export interface AblateOptions {
  /** The images to pretrain on: a folder, a list file or tar shards, see `openImages`. */
  source: string;
  /** Which part of the data set, where it has several. */
  split?: string;
  /** Folder of the tables, and of a run folder per row. */
  out: string;
  /** The settings that all rows share. */
  config: Config;
  study: AblationStudy;
  evaluation: AblationEvaluation;
  /** Runs per row, which differ in their seeds; default 1. */
  seeds?: number;
  /** Also evaluate the network as it is initialised, as the first row; default false. */
  random?: boolean;
  /** Aborting it finishes the step under way, writes a checkpoint and returns; the same call goes on later. */
  signal?: AbortSignal;
  /** Called when a run begins. */
  onRun?: (run: RunUnderWay) => void;
  /** The progress of one run, see `pretrain`. */
  progress?: (totalSteps: number, firstStep: number) => Progress;
}

/** Where an ablation is. */
export interface RunUnderWay {
  name: string;
  seed: number;
  /** Its place among all runs, from 1. */
  number: number;
  runs: number;
  state: PlannedRun['state'];
  /** Seconds left for this run and those after it, going by the runs made so far; absent before the first is done. */
  secondsLeft?: number;
}

/**
 * Pretrains and evaluates one run for every row of a study and seed, one after the other, and writes `ablation.md`, `.csv`
 * and `.json`. Runs that are finished are not made again, runs that were interrupted go on where they were.
 * Throws an `InputError` for anything wrong with the arguments, before anything is written.
 */
export async function ablate(options: AblateOptions): Promise<AblationResult> {
  const { source, split, out, config, study, evaluation, seeds = 1, random = false, signal } = options;
  const began = performance.now();
  const images = { source, ...(split !== undefined && { split }) };
  const opened = await fromInput(() => openImages(source, images));
  const planned = await planRuns({ config, out, study, seeds }, { ...images, count: opened.entries.length });
  if (random && study.rows.some(({ name }) => name === 'random')) {
    throw new InputError('Row "random" has the name of the row of the initial network; rename it.');
  }
  for (const run of planned) {
    trainingData(source, opened, run.config);
    evaluatedSize(run.config, evaluation);
  }
  const done: (AblationRun & { row: number })[] = [];
  const initial: AblationRun[] = [];
  const result = (): AblationResult => {
    const rows = study.rows.flatMap(({ name, cells }, row) => {
      const runs = done.filter((run) => run.row === row).map(({ row: _, ...run }) => run);
      return runs.length === 0 ? [] : [rowResult({ name, cells }, runs)];
    });
    const first =
      initial.length === 0 ? [] : [rowResult({ name: 'random', cells: study.columns.map(() => '–') }, initial)];
    return {
      title: study.title,
      columns: study.columns,
      rows: [...first, ...rows],
      finished: done.length === planned.length,
      memory: { name: evaluation.memory.name, images: evaluation.memory.length },
      query: { name: evaluation.query.name, images: evaluation.query.length },
      seeds,
      seconds: (performance.now() - began) / 1000,
      files: filesIn(out),
    };
  };

  try {
    mkdirSync(out, { recursive: true });
    for (let more = 0; random && more < seeds; more++) {
      const seed = config.seed + more;
      const folder = join(out, more === 0 ? 'random' : `random-seed${seed}`);
      const figures = await evaluateInitial(folder, { ...config, seed }, evaluation);
      initial.push({ seed, folder, steps: 0, seconds: 0, figures });
    }
    const made: number[] = [];
    for (const [i, run] of planned.entries()) {
      if (signal?.aborted) break;
      const left = planned.slice(i).filter(({ state }) => state !== 'finished').length;
      options.onRun?.({
        name: run.name,
        seed: run.seed,
        number: i + 1,
        runs: planned.length,
        state: run.state,
        ...(made.length > 0 && { secondsLeft: (left * made.reduce((sum, seconds) => sum + seconds, 0)) / made.length }),
      });
      const started = performance.now();
      const finished = await makeRun(run, options);
      if (finished === undefined) break;
      if (run.state !== 'finished') made.push((performance.now() - started) / 1000);
      done.push({ row: run.row, ...finished });
      writeTables(result());
    }
  } catch (error) {
    throw explainDiskError(error, out);
  }
  return result();
}

/** Takes a run to its end and evaluates it; undefined if it was stopped before. */
async function makeRun(
  { seed, config, folder, state }: PlannedRun,
  { source, split, evaluation, signal, progress }: AblateOptions,
): Promise<AblationRun | undefined> {
  if (state !== 'finished') {
    const { finished } = await pretrain({
      source,
      ...(split !== undefined && { split }),
      out: folder,
      config,
      resume: state === 'started',
      ...(signal && { signal }),
      ...(progress && { progress }),
    });
    if (!finished) return undefined;
  }
  const checkpoint = resolveCheckpoint(folder);
  const { step } = await readCheckpointInfo(checkpoint);
  const { seconds } = await readMetrics(join(folder, 'metrics.jsonl'), config.training.batchSize);
  return { seed, folder, steps: step, seconds, figures: await evaluateTeacher(folder, checkpoint, evaluation) };
}

const filesIn = (out: string): AblationResult['files'] => ({
  markdown: join(out, 'ablation.md'),
  csv: join(out, 'ablation.csv'),
  json: join(out, 'ablation.json'),
});

function writeTables(result: AblationResult): void {
  replaceFile(result.files.markdown, markdownPage(result));
  replaceFile(result.files.csv, csvTable(result));
  replaceFile(result.files.json, `${JSON.stringify(result, null, 2)}\n`);
}
