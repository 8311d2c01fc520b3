import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { listCheckpoints } from '../checkpoint/folder.js';
import { readCheckpointInfo } from '../checkpoint/load.js';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { InputError } from '../errors.js';
import { listEvaluations, type SavedEvaluation } from '../evaluations/saved.js';
import { type RunInfo, readRunInfo } from '../run/run-info.js';
import { type Metrics, readMetrics } from './read-metrics.js';
import { type RunStatus, runStatus } from './run-status.js';

/** A checkpoint folder and its `checkpoint.json`. */
export interface Checkpoint {
  folder: string;
  info: CheckpointInfo;
}

/** Everything the files of a run folder say about it, pictures aside. */
export interface Run {
  folder: string;
  name: string;
  status: RunStatus;
  config: Config;
  /** `config.yaml` as it stands. */
  configText: string;
  /** Absent in runs of versions that wrote no `run.json`. */
  info: RunInfo | undefined;
  checkpoint: Checkpoint | undefined;
  metrics: Metrics;
  /** Those that were kept in the folder, oldest first. */
  evaluations: SavedEvaluation[];
  stepsPerEpoch: number | undefined;
  totalSteps: number | undefined;
}

/** Reads a run folder. @throws InputError if it is none, or if one of its files is damaged */
export async function readRun(folder: string): Promise<Run> {
  if (!existsSync(folder)) throw new InputError(`There is no run folder ${folder}.`);
  if (!statSync(folder).isDirectory()) throw new InputError(`${folder} is a file, expected the folder of a run.`);
  const { config, configText } = readConfig(folder);
  const metrics = await readMetrics(join(folder, 'metrics.jsonl'), config.training.batchSize);
  const info = readInfo(folder);
  const newest = listCheckpoints(folder).at(-1);
  const checkpoint = newest === undefined ? undefined : { folder: newest, info: await readCheckpointInfo(newest) };
  const stepsPerEpoch = info?.stepsPerEpoch ?? checkpoint?.info.stepsPerEpoch;
  const totalSteps = info?.totalSteps ?? plannedSteps(config, stepsPerEpoch);
  return {
    folder,
    name: basename(resolve(folder)),
    status: runStatus(folder, metrics.lastStep + 1, totalSteps),
    config,
    configText,
    info,
    checkpoint,
    metrics,
    evaluations: listEvaluations(folder),
    stepsPerEpoch,
    totalSteps,
  };
}

function readConfig(folder: string): { config: Config; configText: string } {
  const file = join(folder, 'config.yaml');
  if (!existsSync(file)) {
    throw new InputError(`${folder} holds no config.yaml, expected the folder of a run (--out of cribo pretrain).`);
  }
  const configText = readFileSync(file, 'utf8');
  let tree: unknown;
  try {
    tree = parse(configText);
  } catch (error) {
    throw new InputError(`${file} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  return { config: parseConfig(tree, file), configText };
}

function readInfo(folder: string): RunInfo | undefined {
  try {
    return readRunInfo(folder);
  } catch (error) {
    throw new InputError(`${join(folder, 'run.json')} cannot be read as JSON: ${(error as Error).message}`);
  }
}

function plannedSteps({ training }: Config, stepsPerEpoch: number | undefined): number | undefined {
  if (stepsPerEpoch === undefined) return undefined;
  return Math.min(training.epochs * stepsPerEpoch, training.maxSteps ?? Number.POSITIVE_INFINITY);
}
