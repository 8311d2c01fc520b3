import type { Config } from './config/schema.js';
import type { Progress } from './progress.js';
import type { StepReport } from './step.js';

export interface PretrainOptions {
  /** The images: a folder, a list file or tar shards, see `openImages`. */
  source: string;
  /** Which part of the data set, where it has several; by default the one to train on. */
  split?: string;
  /** The run folder: config, metrics, logs and checkpoints go here. */
  out: string;
  config: Config;
  /** Go on from the newest checkpoint in `out`. */
  resume?: boolean;
  /** Aborting it finishes the step under way, writes a checkpoint and returns. */
  signal?: AbortSignal;
  /** Called once the number of steps is known. */
  progress?: (totalSteps: number, firstStep: number) => Progress;
}

export interface PretrainResult {
  out: string;
  /** The newest checkpoint. */
  checkpoint: string;
  images: number;
  /** Images that could not be read. */
  skipped: number;
  /** Steps done, those left out among them. */
  steps: number;
  /** Steps left out because their loss was not finite. */
  skippedSteps: number;
  /** False when the run was stopped before its last step. */
  finished: boolean;
  seconds: number;
  last: StepReport | undefined;
  /** The page about the run; absent if `logging.report` is off, the run was stopped, or it could not be written. */
  report?: string;
}
