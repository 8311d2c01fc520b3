import { InputError } from '@cribo/trainer';
import { median } from './median.js';

/** What `metrics.jsonl` says about the speed of a run; times are elapsed times. */
export interface LoadingShare {
  /** Steps that the figures are about: those behind the warm-up. */
  steps: number;
  /** Images per second from the end of the warm-up to the end of the last step: loading, steps, records and checkpoints. */
  imagesPerSecond: number;
  /** Share of that time in which the trainer stood still because the next batch was not ready. */
  waitingShare: number;
  /** Share in which it took steps. */
  stepShare: number;
  /** Median milliseconds of a step, without the wait for its batch. */
  stepMs: number;
  /** Resident memory after the last step. */
  rssMiB: number;
}

interface Row {
  /** Milliseconds since 1970, at the end of the step. */
  time: number;
  dataMs: number;
  stepMs: number;
  rssMiB: number;
}

/**
 * Reads the lines of a `metrics.jsonl`.
 *
 * @param warmup steps at the beginning that are left out; at least 1, whose end starts the clock
 * @throws InputError if fewer than two steps come after them
 */
export function loadingShare(lines: readonly string[], batchSize: number, warmup: number): LoadingShare {
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
  const measured = rows.slice(warmup);
  if (warmup < 1 || measured.length < 2) {
    throw new InputError(
      `The run has ${rows.length} steps, expected at least ${Math.max(1, warmup) + 2}: ${warmup} to warm up and two to measure.`,
    );
  }
  const elapsed = measured.at(-1)!.time - rows[warmup - 1]!.time;
  const share = (key: 'dataMs' | 'stepMs') => measured.reduce((sum, row) => sum + row[key], 0) / elapsed;
  return {
    steps: measured.length,
    imagesPerSecond: (1000 * batchSize * measured.length) / elapsed,
    waitingShare: share('dataMs'),
    stepShare: share('stepMs'),
    stepMs: median(measured.map((row) => row.stepMs)),
    rssMiB: measured.at(-1)!.rssMiB,
  };
}
