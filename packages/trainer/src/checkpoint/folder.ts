import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const prefix = 'step-';
const unfinished = '.unfinished-';

/** The checkpoint folders of a run, oldest first. Folders still being written are not among them. */
export function listCheckpoints(runDir: string): string[] {
  const root = join(runDir, 'checkpoints');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(root, name));
}

/**
 * Writes `files` as checkpoint `step` of a run: into a folder beside, synced, then renamed, so that a checkpoint either
 * is complete or does not exist. Afterwards all but the newest `keep` are removed.
 */
export function writeCheckpointFolder(
  runDir: string,
  step: number,
  files: Record<string, Uint8Array>,
  keep: number,
): string {
  const root = join(runDir, 'checkpoints');
  mkdirSync(root, { recursive: true });
  const name = `${prefix}${String(step).padStart(8, '0')}`;
  const scratch = join(root, `${unfinished}${name}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch);
  for (const [file, bytes] of Object.entries(files)) writeSynced(join(scratch, file), bytes);
  const target = join(root, name);
  rmSync(target, { recursive: true, force: true });
  renameSync(scratch, target);
  for (const old of listCheckpoints(runDir).slice(0, -keep)) rmSync(old, { recursive: true, force: true });
  return target;
}

function writeSynced(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
