import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import {
  formatSafetensorsHeader,
  type HostTensor,
  hostData,
  type LazyHostTensor,
  parseSafetensorsHeader,
  safetensorsHeaderBytes,
} from '@cribo/tensor';

/** Node reads and writes less than 2 GiB at a time. */
const mostAtOnce = 2 ** 30;

/** Writes a safetensors file and waits until it is on the disk. Only one tensor is in host memory at a time. */
export async function writeTensorFile(file: string, tensors: Record<string, LazyHostTensor>): Promise<void> {
  const { bytes, names } = formatSafetensorsHeader(tensors);
  const handle = openSync(file, 'w');
  try {
    writeAll(handle, bytes);
    for (const name of names) {
      const data = await tensors[name]!.read();
      writeAll(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads a safetensors file tensor by tensor, so that it never is in memory twice.
 *
 * @throws Error of one sentence that names the file if it is malformed, or whatever the file system throws
 */
export function readTensorFile(file: string): Map<string, HostTensor> {
  const handle = openSync(file, 'r');
  try {
    const fileBytes = fstatSync(handle).size;
    const start = new Uint8Array(8);
    readAll(handle, start.subarray(0, Math.min(8, fileBytes)), 0);
    const { entries } = naming(file, () => {
      const header = new Uint8Array(safetensorsHeaderBytes(start, fileBytes));
      readAll(handle, header, 0);
      return parseSafetensorsHeader(header, fileBytes);
    });
    const tensors = new Map<string, HostTensor>();
    for (const { name, dtype, shape, begin, end } of entries) {
      const values = new ArrayBuffer(end - begin);
      readAll(handle, new Uint8Array(values), begin);
      tensors.set(name, { dtype, shape, data: hostData(dtype, values) });
    }
    return tensors;
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(handle, bytes, at, Math.min(mostAtOnce, bytes.length - at));
  }
}

function readAll(handle: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(handle, bytes, at, Math.min(mostAtOnce, bytes.length - at), position + at);
    if (count === 0) throw new Error(`the file ended at byte ${position + at} while it was read`);
    at += count;
  }
}

/** `f`, whose errors begin with the name of the file they are about. */
function naming<T>(file: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
