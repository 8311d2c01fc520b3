import type { Figure } from '../evaluations/record.js';

/** One run of a row. */
export interface AblationRun {
  seed: number;
  folder: string;
  steps: number;
  /** Seconds spent in training steps and waiting for data, over all sessions of the run. */
  seconds: number;
  figures: readonly Figure[];
}

/** A row of the table. */
export interface AblationRowResult {
  name: string;
  cells: readonly string[];
  /** Those that are finished. */
  runs: readonly AblationRun[];
  /** Shares of 1: of one run its own figures, of several the mean and the standard deviation over them. */
  figures: readonly Figure[];
  /** Seconds of pretraining, the mean over the runs; absent for the network without any. */
  seconds?: number;
}

/** The outcome of `ablate`; plain data, ready for JSON. */
export interface AblationResult {
  title: string;
  columns: readonly string[];
  /** Rows without a finished run are left out. */
  rows: readonly AblationRowResult[];
  /** False when it was stopped before its last run. */
  finished: boolean;
  /** What was evaluated on. */
  memory: { name: string; images: number };
  query: { name: string; images: number };
  seeds: number;
  /** Seconds of this call, evaluations included. */
  seconds: number;
  /** The tables. */
  files: { markdown: string; csv: string; json: string };
}

/** Puts the runs of a row together. */
export function rowResult(
  { name, cells }: Pick<AblationRowResult, 'name' | 'cells'>,
  runs: readonly AblationRun[],
): AblationRowResult {
  const [first, ...others] = runs;
  const figures = others.length === 0 ? first!.figures : first!.figures.map(({ name }, i) => overRuns(name, runs, i));
  const steps = runs.some((run) => run.steps > 0);
  return { name, cells, runs, figures, ...(steps && { seconds: mean(runs.map(({ seconds }) => seconds)) }) };
}

/** Mean and population standard deviation of a figure, as within an evaluation; undefined values do not count. */
function overRuns(name: string, runs: readonly AblationRun[], figure: number): Figure {
  const values = runs.map(({ figures }) => figures[figure]!.value).filter((value) => value !== null);
  if (values.length === 0) return { name, value: null };
  const value = mean(values);
  return { name, value, std: Math.sqrt(mean(values.map((one) => (one - value) ** 2))) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
