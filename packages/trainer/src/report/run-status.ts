import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';

export type RunStatus = 'finished' | 'running' | 'stopped';

/** Whether a run took its last step, is at work in a process on this machine, or was ended before. */
export function runStatus(runDir: string, stepsDone: number, totalSteps: number | undefined): RunStatus {
  if (totalSteps !== undefined && stepsDone >= totalSteps) return 'finished';
  return isLocked(join(runDir, '.lock')) ? 'running' : 'stopped';
}

/** A process at work holds the lock of its run folder; see `lockRun`. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  let handle: number;
  try {
    handle = openSync(file, 'r+');
  } catch {
    // Only who may write to the folder can run in it.
    return false;
  }
  try {
    return !tryLock(handle);
  } finally {
    closeSync(handle);
  }
}
