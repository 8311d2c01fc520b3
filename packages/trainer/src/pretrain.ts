import { loadBackend } from './backends/load.js';
import type { Config } from './config/schema.js';
import { openImages } from './data/index.js';
import { fromInput, InputError } from './errors.js';
import type { Progress } from './progress.js';
import { writeReport } from './report/write-report.js';
import { explainDiskError } from './run/disk-errors.js';
import { checkRunFolder, RunFolder } from './run/run-folder.js';
import type { StepReport } from './step.js';
import { train } from './train.js';

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

/**
 * Pretrains a vision transformer on a folder of images: one call does everything, from loading the backend to the
 * last checkpoint. Throws an `InputError` for anything wrong with the arguments, before anything is written.
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { config, out, resume = false } = options;
  const images = await fromInput(() => openImages(options.source, options));
  const { batchSize } = config.training;
  const stepsPerEpoch = Math.floor(images.entries.length / batchSize);
  if (stepsPerEpoch === 0) {
    throw new InputError(
      `${options.source} holds ${images.entries.length} images, expected at least one batch of ${batchSize} (training.batchSize).`,
    );
  }
  checkRunFolder(out, resume);
  await loadBackend(config.backend);
  let folder: RunFolder | undefined;
  try {
    folder = RunFolder.open(out, resume);
    const result = await train(folder, images, stepsPerEpoch, options);
    return config.logging.report && result.finished ? { ...result, ...(await reportOn(folder)) } : result;
  } catch (error) {
    throw explainDiskError(error, out);
  } finally {
    folder?.close();
  }
}

/** A run that has ended well is not spoilt by a report that cannot be written. */
async function reportOn({ path, log }: RunFolder): Promise<{ report?: string }> {
  try {
    return { report: (await writeReport(path)).file };
  } catch (error) {
    log?.say(`the report could not be written: ${(error as Error).message}`);
    return {};
  }
}
