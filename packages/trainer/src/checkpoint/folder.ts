import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../synced-files.js';

const prefix = 'step-';
const unfinished = '.unfinished-';

/** The checkpoint folders of a run, oldest first. Folders still being written are not among them. */
export function listCheckpoints(runDir: string): string[] {
  const root = checkpointRoot(runDir);
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(root, name));
}

/** The run folder that a checkpoint folder lies in, or undefined if it lies in none. */
export function runOf(checkpoint: string): string | undefined {
  const above = dirname(checkpoint);
  return basename(above) === 'checkpoints' ? dirname(above) : undefined;
}

/** Writes checkpoint `step` of a run. Afterwards all but the newest `keep` are removed. */
export async function writeCheckpoint(
  runDir: string,
  step: number,
  write: (folder: string) => Promise<void>,
  keep: number,
): Promise<string> {
  const target = join(checkpointRoot(runDir), `${prefix}${String(step).padStart(8, '0')}`);
  await writeFolder(target, write);
  for (const old of listCheckpoints(runDir).slice(0, -keep)) removeFolder(old);
  return target;
}

/**
 * Writes a folder that is either complete or not there, whatever happens meanwhile: `write` puts its files, synced to the
 * disk, into a folder beside it, and that folder is renamed. If that fails, what was written is removed again.
 */
export async function writeFolder(target: string, write: (folder: string) => Promise<void>): Promise<void> {
  const scratch = scratchOf(target);
  try {
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { recursive: true });
    await write(scratch);
    syncFolder(scratch);
    if (existsSync(target)) removeFolder(target);
    renameSync(scratch, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what a killed process left half-written or half-removed. */
export function removeUnfinished(runDir: string): void {
  const root = checkpointRoot(runDir);
  if (!existsSync(root)) return;
  for (const name of readdirSync(root)) {
    if (name.startsWith(unfinished)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Renames first, so that a folder under its own name is complete even if the process dies in between. */
function removeFolder(folder: string): void {
  const doomed = `${scratchOf(folder)}-old`;
  rmSync(doomed, { recursive: true, force: true });
  renameSync(folder, doomed);
  rmSync(doomed, { recursive: true, force: true });
}

const checkpointRoot = (runDir: string) => join(runDir, 'checkpoints');

/** Of this process alone: two that evaluate at once must not mix their files. */
const scratchOf = (folder: string) => join(dirname(folder), `${unfinished}${basename(folder)}-${process.pid}`);
