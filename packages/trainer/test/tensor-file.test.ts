import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostTensor, type LazyHostTensor, readSafetensors, writeSafetensors } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import { readTensorFile, writeTensorFile } from '../src/checkpoint/tensor-file.js';
import { scratch } from './cribo.js';

const tensors: Record<string, HostTensor> = {
  'blocks.0.weight': { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3, Number.NaN, 5, 6) },
  flags: { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
  empty: { dtype: 'F32', shape: [0, 4], data: new Float32Array() },
  count: { dtype: 'I32', shape: [], data: Int32Array.of(7) },
};

const lazily = (all: Record<string, HostTensor>, onRead = (_: string) => {}): Record<string, LazyHostTensor> =>
  Object.fromEntries(
    Object.entries(all).map(([name, { data, ...rest }]) => [
      name,
      {
        ...rest,
        async read() {
          onRead(name);
          return data;
        },
      },
    ]),
  );

describe('a tensor file', () => {
  it('is the safetensors file of its tensors, written and read one by one', async () => {
    const file = join(scratch(), 'a.safetensors');
    const read: string[] = [];
    await writeTensorFile(
      file,
      lazily(tensors, (name) => read.push(name)),
    );
    expect(read.sort()).toEqual(Object.keys(tensors).sort());
    expect(new Uint8Array(readFileSync(file))).toEqual(writeSafetensors(tensors));
    expect(readTensorFile(file)).toEqual(readSafetensors(readFileSync(file)).tensors);
  });

  it.each([
    ['an empty file', 0, /not a safetensors file: got 0 bytes/],
    ['half a header', 40, /truncated or not a safetensors file: the header should have \d+ bytes/],
    ['a missing last byte', -1, /truncated safetensors file: its tensors need \d+ bytes, it has \d+/],
  ])('that is damaged is refused with its name: %s', async (_, length, message) => {
    const file = join(scratch(), 'a.safetensors');
    writeFileSync(file, writeSafetensors(tensors));
    const handle = openSync(file, 'r+');
    ftruncateSync(handle, length < 0 ? statSync(file).size + length : length);
    closeSync(handle);
    expect(() => readTensorFile(file)).toThrow(message);
    expect(() => readTensorFile(file)).toThrow(file);
  });
});
