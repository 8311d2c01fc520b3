import type { HostTensor } from './host-tensor.js';
import {
  formatSafetensorsHeader,
  hostData,
  parseSafetensorsHeader,
  safetensorsHeaderBytes,
} from './safetensors-header.js';

/** Contents of a safetensors file. */
export interface Safetensors {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
}

/**
 * Reads a safetensors file. The arrays are copies, so `bytes` may be reused.
 *
 * @throws Error of one sentence for whatever makes the file malformed; see {@link parseSafetensorsHeader}
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const header = bytes.subarray(0, safetensorsHeaderBytes(bytes, bytes.byteLength));
  const { entries, metadata } = parseSafetensorsHeader(header, bytes.byteLength);
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy is aligned for its element type wherever the tensor lies in the file.
    const values = bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + end) as ArrayBuffer;
    tensors.set(name, { dtype, shape, data: hostData(dtype, values) });
  }
  return { tensors, metadata };
}

/** Writes a safetensors file: wider elements first, then sorted by name; the data begins at a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor> | Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const record: Record<string, HostTensor> = tensors instanceof Map ? Object.fromEntries(tensors) : { ...tensors };
  for (const [name, { shape, data }] of Object.entries(record)) {
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements !== data.length) {
      throw new Error(
        `tensor "${name}": got ${data.length} elements, wanted ${elements} for shape [${shape.join(', ')}]`,
      );
    }
  }
  const { bytes, names, bodyBytes } = formatSafetensorsHeader(record, metadata);
  const file = new Uint8Array(bytes.byteLength + bodyBytes);
  file.set(bytes);
  let at = bytes.byteLength;
  for (const name of names) {
    const { data } = record[name]!;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
