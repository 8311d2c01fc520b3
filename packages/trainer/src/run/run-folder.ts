import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { listCheckpoints, removeUnfinished } from '../checkpoint/folder.js';
import { readCheckpointInfo } from '../checkpoint/load.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { InputError } from '../errors.js';
import { TensorBoardLog, tensorBoardScalars } from '../logs/tensorboard.js';
import type { Progress } from '../progress.js';
import { replaceFile } from '../synced-files.js';
import { lockRun } from './lock.js';
import { appendMetrics, forgetStepsFrom, type MetricsRow } from './metrics-file.js';
import { recordSession } from './run-info.js';
import { RunLog } from './run-log.js';

/** Whether a folder holds a run, with or without a checkpoint. */
export const holdsRun = (runDir: string) =>
  listCheckpoints(runDir).length > 0 || ['metrics.jsonl', 'run.json'].some((name) => existsSync(join(runDir, name)));

/**
 * Whether `resume` fits what is in the folder: a run is only touched by `resume`, and without a run there is nothing to
 * resume. A run that died before its first checkpoint begins again.
 */
export function checkRunFolder(runDir: string, resume: boolean): void {
  if (resume && !holdsRun(runDir)) {
    throw new InputError(`${runDir} holds no checkpoint to resume from; leave --resume out to start a new run.`);
  }
  if (!resume && holdsRun(runDir)) {
    throw new InputError(`${runDir} already holds a run; continue it with --resume or choose another --out.`);
  }
}

/** The settings of the run in a folder, as its newest checkpoint has them, or its `config.yaml` where there is none yet. */
export async function runConfig(runDir: string): Promise<Config> {
  checkRunFolder(runDir, true);
  const newest = listCheckpoints(runDir).at(-1);
  if (newest !== undefined) return (await readCheckpointInfo(newest)).config;
  return loadConfig({ file: join(runDir, 'config.yaml') });
}

/** A run folder that this process alone writes to, until it is closed. */
export class RunFolder {
  readonly #unlock: () => void;
  #tensorBoard: TensorBoardLog | undefined;
  /** The run in words, once it has begun. */
  log: RunLog | undefined;

  private constructor(
    readonly path: string,
    unlock: () => void,
  ) {
    this.#unlock = unlock;
  }

  /** Makes the folder where it is missing, locks it, and clears away what a killed process left unfinished. */
  static open(path: string, resume: boolean): RunFolder {
    checkWritable(path);
    mkdirSync(path, { recursive: true });
    const folder = new RunFolder(path, lockRun(path));
    try {
      // Again, as another process may have started a run here in the meantime.
      checkRunFolder(path, resume);
      removeUnfinished(path);
    } catch (error) {
      folder.close();
      throw error;
    }
    return folder;
  }

  /** The newest checkpoint, if there is one. */
  get newestCheckpoint(): string | undefined {
    return listCheckpoints(this.path).at(-1);
  }

  /** Writes down what begins now, and opens the logs at `firstStep`. */
  async begin(
    config: Config,
    run: Parameters<typeof recordSession>[1],
    { firstStep, resumed, progress }: { firstStep: number; resumed: boolean; progress: Progress | undefined },
  ): Promise<RunLog> {
    await forgetStepsFrom(this.#file('metrics.jsonl'), firstStep);
    replaceFile(this.#file('config.yaml'), stringify(config));
    recordSession(this.path, run, { firstStep, resumed });
    if (config.logging.tensorboard) this.#tensorBoard = new TensorBoardLog(this.#file('tensorboard'), firstStep);
    this.log = new RunLog(this.#file('log.txt'), progress);
    return this.log;
  }

  /** Adds a step to `metrics.jsonl` and to TensorBoard. */
  record(row: MetricsRow): void {
    appendMetrics(this.#file('metrics.jsonl'), row);
    this.#tensorBoard?.write(row.step, tensorBoardScalars(row));
  }

  /** Gives the folder back. */
  close(): void {
    this.#unlock();
  }

  #file(name: string): string {
    return join(this.path, name);
  }
}

/** Asks the nearest folder that exists, since `mkdirSync` takes a read-only file system for a missing folder. */
function checkWritable(path: string): void {
  let folder = resolve(path);
  while (!existsSync(folder)) folder = dirname(folder);
  accessSync(folder, constants.W_OK);
}
