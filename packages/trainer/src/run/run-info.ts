import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { commandLine, machine, softwareVersions } from '../environment.js';
import { replaceFile } from '../synced-files.js';

/** What `run.json` holds: where a run came from and where it ran. */
export interface RunInfo {
  format: 1;
  /** The folder, list or shards the images come from, and the split that was asked for. */
  source: string;
  split?: string;
  /** What was found there. */
  layout: string;
  images: number;
  stepsPerEpoch: number;
  totalSteps: number;
  backend: string;
  /** When the run was started first, ISO 8601. */
  started: string;
  /** Every process that worked on the run: the first one and those that resumed it. */
  sessions: RunSession[];
  /** Of the newest session. */
  versions: Record<string, string>;
  machine: ReturnType<typeof machine>;
}

export interface RunSession {
  started: string;
  firstStep: number;
  command: string[];
  pid: number;
  host: string;
}

const fileOf = (runDir: string) => join(runDir, 'run.json');

/** The run's `run.json`, or undefined for a folder without one. */
export function readRunInfo(runDir: string): RunInfo | undefined {
  const file = fileOf(runDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunInfo) : undefined;
}

/** Writes `run.json` at the start of a session; the sessions before it stay listed. */
export function recordSession(
  runDir: string,
  run: Pick<RunInfo, 'source' | 'split' | 'layout' | 'images' | 'stepsPerEpoch' | 'totalSteps' | 'backend'>,
  { firstStep, resumed }: { firstStep: number; resumed: boolean },
): void {
  const before = resumed ? readRunInfo(runDir) : undefined;
  const started = new Date().toISOString();
  const session = { started, firstStep, command: commandLine(), pid: process.pid, host: hostname() };
  const info: RunInfo = {
    format: 1,
    ...run,
    started: before?.started ?? started,
    sessions: [...(before?.sessions ?? []), session],
    versions: softwareVersions(),
    machine: machine(),
  };
  replaceFile(fileOf(runDir), `${JSON.stringify(info, null, 2)}\n`);
}
