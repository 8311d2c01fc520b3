import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { ImageEntry } from './image-source.js';

/** How many bytes an image takes in its file. @throws Error if there is no such file */
export function sizeOf({ file, size }: ImageEntry): number {
  if (size !== undefined) return size;
  const entry = statSync(file);
  // Opening a pipe would wait for somebody to write into it.
  if (!entry.isFile()) throw new Error(entry.isDirectory() ? 'is a folder' : 'is no regular file');
  if (entry.size === 0) throw new Error('is empty');
  return entry.size;
}

/**
 * The bytes of an image, read without leaving the thread: a worker has nothing else to do meanwhile.
 * @throws Error if the file ends early or cannot be read
 */
export function readBytes({ file, offset = 0 }: ImageEntry, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  const descriptor = openSync(file, 'r');
  try {
    for (let done = 0; done < size; ) {
      const count = readSync(descriptor, bytes, done, size - done, offset + done);
      if (count === 0) throw new Error(`ends ${size - done} bytes early`);
      done += count;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}
