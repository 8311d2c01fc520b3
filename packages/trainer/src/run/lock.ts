import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { InputError } from '../errors.js';

const name = '.lock';

/**
 * Makes this process the only one that writes to a run folder; returns what gives the folder back. The lock is the
 * operating system's, on a file in the folder: it ends with the process, however that ends, so none is ever left over.
 *
 * @throws InputError that names the process that holds the folder
 */
export function lockRun(runDir: string): () => void {
  const file = join(runDir, name);
  const handle = openSync(file, 'a+');
  if (!tryLock(handle)) {
    closeSync(handle);
    throw new InputError(
      `${runDir} is in use by another run (${readFileSync(file, 'utf8').trim()}); wait for it or choose another --out.`,
    );
  }
  ftruncateSync(handle);
  writeSync(handle, `process ${process.pid} on ${hostname()}\n`);
  return () => closeSync(handle);
}
