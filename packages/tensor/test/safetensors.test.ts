import { type HostTensor, readSafetensors, writeSafetensors } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';

/** A file with any header and body, however wrong. */
function file(header: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

const four = new Uint8Array(4);
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('writeSafetensors and readSafetensors', () => {
  const tensors: Record<string, HostTensor> = {
    weight: { dtype: 'F32', shape: [2, 3], data: Float32Array.from([1, -2, 3.5, 0, Number.NaN, Infinity]) },
    double: { dtype: 'F64', shape: [1], data: Float64Array.from([Math.PI]) },
    half: { dtype: 'F16', shape: [2], data: Uint16Array.from([0x3c00, 0xc000]) },
    brain: { dtype: 'BF16', shape: [1], data: Uint16Array.from([0x3f80]) },
    int: { dtype: 'I32', shape: [2], data: Int32Array.from([-5, 7]) },
    short: { dtype: 'I16', shape: [1], data: Int16Array.from([-300]) },
    byte: { dtype: 'U8', shape: [3], data: Uint8Array.from([1, 2, 255]) },
    flag: { dtype: 'BOOL', shape: [2], data: Uint8Array.from([1, 0]) },
    scalar: { dtype: 'F32', shape: [], data: Float32Array.from([42]) },
    empty: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
    'name "with" \\ and ünïcode': { dtype: 'I8', shape: [1], data: Int8Array.from([-1]) },
  };

  it('return every dtype, shape, value and the metadata', () => {
    const read = readSafetensors(writeSafetensors(tensors, { format: 'pt' }));
    expect(Object.fromEntries(read.tensors)).toEqual(tensors);
    expect(read.metadata).toEqual({ format: 'pt' });
  });

  it('give the same bytes whatever the order of the tensors', () => {
    const reversed = new Map(Object.entries(tensors).reverse());
    expect(writeSafetensors(reversed)).toEqual(writeSafetensors(tensors));
  });

  it('start the data at a multiple of 8 bytes and every tensor at one of its element size', () => {
    const bytes = writeSafetensors(tensors);
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
    for (const [name, { data }] of Object.entries(tensors)) {
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT, name).toBe(0);
    }
  });

  it('read from a view into a larger buffer at any alignment', () => {
    const bytes = writeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 13);
    shifted.set(bytes, 3);
    const read = readSafetensors(shifted.subarray(3, 3 + bytes.length));
    expect(Object.fromEntries(read.tensors)).toEqual(tensors);
  });

  it('copy what they read, also out of a Node Buffer', () => {
    const bytes = Buffer.from(writeSafetensors({ x: tensor() }));
    const { data } = readSafetensors(bytes).tensors.get('x')!;
    bytes.fill(0);
    expect(data).toEqual(Uint8Array.from([1]));
  });

  it('accept a file without tensors', () => {
    expect(readSafetensors(writeSafetensors({})).tensors.size).toBe(0);
  });

  it('refuse to write data that does not fill the shape', () => {
    expect(() => writeSafetensors({ x: { dtype: 'F32', shape: [3], data: new Float32Array(2) } })).toThrow(
      'tensor "x": got 2 elements, wanted 3 for shape [3]',
    );
  });
});

describe('readSafetensors rejects', () => {
  const rejects: [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['an empty file', new Uint8Array(0), /got 0 bytes, wanted at least the 8/],
    ['a file shorter than its header', file({ x: f32([1], 0, 4) }, four).subarray(0, 20), /truncated/],
    ['a header length beyond any file', new Uint8Array(16).fill(255), /not a safetensors file/],
    ['a header that is not JSON', file('{"x": '), /header is not JSON/],
    ['a header that is not UTF-8', invalidUtf8(), /header is not/],
    ['a header that is not an object', file([1, 2]), /header is not a JSON object/],
    ['a tensor named twice', file(`{"x":${text([1], 0, 4)},"x":${text([1], 0, 4)}}`, four), /"x" twice/],
    ['a tensor without a dtype', file({ x: { shape: [1], data_offsets: [0, 4] } }, four), /"x" has dtype undefined/],
    ['an unknown dtype', file({ x: { ...f32([1], 0, 4), dtype: 'F31' } }, four), /"x" has dtype "F31", known are/],
    ['a negative size', file({ x: f32([-1], 0, 4) }, four), /"x" has shape \[-1\]/],
    ['a fractional size', file({ x: f32([0.5], 0, 4) }, four), /"x" has shape \[0\.5\]/],
    ['reversed offsets', file({ x: f32([1], 4, 0) }, four), /"x" has data_offsets \[4,0\]/],
    ['offsets that do not match the shape', file({ x: f32([2], 0, 4) }, four), /"x" has 4 bytes, its shape \[2\]/],
    [
      'a gap between tensors',
      file({ x: f32([1], 0, 4), y: f32([1], 8, 12) }, new Uint8Array(12)),
      /"y" begins at byte 8/,
    ],
    ['overlapping tensors', file({ x: f32([2], 0, 8), y: f32([1], 4, 8) }, new Uint8Array(8)), /"y" begins at byte 4/],
    ['a body shorter than its tensors', file({ x: f32([2], 0, 8) }, four), /truncated safetensors file/],
    ['a body longer than its tensors', file({ x: f32([1], 0, 4) }, new Uint8Array(8)), /overlong safetensors file/],
    ['metadata that is not text', file({ __metadata__: { step: 3 } }), /__metadata__ is not an object of strings/],
    ['an entry that is not an object', file({ x: null }), /"x"/],
  ];

  for (const [what, bytes, message] of rejects) {
    it(what, () => {
      expect(() => readSafetensors(bytes)).toThrow(message);
      // One sentence, to be shown to a user as it stands.
      expect(() => readSafetensors(bytes)).toThrow(/^[^\n]+$/);
    });
  }

  it('every truncation of a good file', () => {
    const good = writeSafetensors({ x: { dtype: 'F32', shape: [3], data: new Float32Array(3) } });
    for (let length = 0; length < good.length; length++) {
      expect(() => readSafetensors(good.subarray(0, length)), `${length} bytes`).toThrow();
    }
  });

  it('but takes a name that only looks like a second one inside a string', () => {
    const name = 'a":{},"a';
    const bytes = writeSafetensors({ a: tensor(), [name]: tensor() });
    expect([...readSafetensors(bytes).tensors.keys()].sort()).toEqual(['a', name]);
  });
});

const tensor = (): HostTensor => ({ dtype: 'U8', shape: [1], data: Uint8Array.from([1]) });

function text(shape: number[], begin: number, end: number): string {
  return JSON.stringify(f32(shape, begin, end));
}

function invalidUtf8(): Uint8Array {
  const bytes = file({ xx: f32([1], 0, 4) }, four);
  bytes[8 + 2] = 0xff;
  return bytes;
}
