import type { HostTensor, SafetensorsDType } from './host-tensor.js';

/** Contents of a safetensors file. */
export interface Safetensors {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
}

const arrayTypes = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<SafetensorsDType, unknown>;

const maxHeaderBytes = 100_000_000;

/**
 * Reads a safetensors file. The arrays are copies, so `bytes` may be reused.
 *
 * @throws Error of one sentence for whatever makes the file malformed: a truncated header or body, a header that is not
 * JSON or names a tensor twice, an unknown dtype, sizes that do not match shapes, gaps or overlaps between tensors.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, body } = splitHeader(bytes);
  const metadata = readMetadata(header.__metadata__);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => checkEntry(name, entry));
  checkLayout(entries, body.byteLength);
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy is aligned for its element type wherever the tensor lies in the file.
    const buffer = body.buffer.slice(body.byteOffset + begin, body.byteOffset + end) as ArrayBuffer;
    tensors.set(name, { dtype, shape, data: new arrayTypes[dtype](buffer) });
  }
  return { tensors, metadata };
}

interface Entry {
  name: string;
  dtype: SafetensorsDType;
  shape: number[];
  begin: number;
  end: number;
}

function splitHeader(bytes: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (bytes.byteLength < 8) {
    throw new Error(
      `not a safetensors file: got ${bytes.byteLength} bytes, wanted at least the 8 of the header length`,
    );
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > Math.min(maxHeaderBytes, bytes.byteLength - 8)) {
    throw new Error(
      `truncated or not a safetensors file: the header should have ${length} bytes, ${bytes.byteLength - 8} follow its length`,
    );
  }
  const text = decodeUtf8(bytes.subarray(8, 8 + length));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new Error(`not a safetensors file: its header is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new Error('not a safetensors file: its header is not a JSON object');
  }
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) {
    throw new Error(`malformed safetensors header: it names ${JSON.stringify(duplicate)} twice`);
  }
  return { header: header as Record<string, unknown>, body: bytes.subarray(8 + length) };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('not a safetensors file: its header is not UTF-8');
  }
}

/** The first key that one object of the JSON text has twice; `JSON.parse` would silently keep the last. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, literal, colon] of json.matchAll(/[{}]|("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(literal!) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const texts = typeof value === 'object' && value !== null && Object.values(value).every((v) => typeof v === 'string');
  if (!texts) throw new Error('malformed safetensors header: __metadata__ is not an object of strings');
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const wrong = (what: string) => new Error(`malformed safetensors header: tensor "${name}" ${what}`);
  if (typeof dtype !== 'string' || !Object.hasOwn(arrayTypes, dtype)) {
    throw wrong(`has dtype ${JSON.stringify(dtype)}, known are ${Object.keys(arrayTypes).join(', ')}`);
  }
  if (!isCounts(shape)) throw wrong(`has shape ${JSON.stringify(shape)}, wanted a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw wrong(`has data_offsets ${JSON.stringify(offsets)}, wanted [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const known = dtype as SafetensorsDType;
  const wanted = shape.reduce<number>((product, size) => product * size, arrayTypes[known].BYTES_PER_ELEMENT);
  if (end - begin !== wanted) {
    throw wrong(`has ${end - begin} bytes, its shape [${shape.join(', ')}] of ${dtype} needs ${wanted}`);
  }
  return { name, dtype: known, shape, begin, end };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

/** Tensors must follow one another without gap or overlap and fill the body. */
function checkLayout(entries: readonly Entry[], bodyBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      throw new Error(`malformed safetensors file: tensor "${name}" begins at byte ${begin}, wanted ${at}`);
    }
    at = end;
  }
  if (at !== bodyBytes) {
    const kind = at > bodyBytes ? 'truncated' : 'overlong';
    throw new Error(`${kind} safetensors file: its tensors need ${at} bytes, it has ${bodyBytes}`);
  }
}

/** Writes a safetensors file: wider elements first, then sorted by name; the data begins at a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor> | Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = [...(tensors instanceof Map ? tensors : Object.entries(tensors as Record<string, HostTensor>))];
  // So every tensor is aligned to its own element size.
  entries.sort(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let bodyBytes = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const elements = (shape as number[]).reduce((product: number, size: number) => product * size, 1);
    if (elements !== data.length) {
      throw new Error(
        `tensor "${name}": got ${data.length} elements, wanted ${elements} for shape [${shape.join(', ')}]`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [bodyBytes, bodyBytes + data.byteLength] };
    bodyBytes += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + bodyBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8 + json.length, 8 + headerBytes);
  file.set(json, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
