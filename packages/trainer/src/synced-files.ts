import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file and waits until it is on the disk. */
export function writeSynced(file: string, content: string | Uint8Array): void {
  writeFileSync(file, content, { flush: true });
}

/** Replaces a file at once: whoever reads it finds the old content or the new one, never a part. */
export function replaceFile(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    writeSynced(beside, text);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

/** Makes renames inside a folder last beyond a loss of power, where the system can (Windows cannot). */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
