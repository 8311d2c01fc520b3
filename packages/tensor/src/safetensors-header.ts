import type { HostTensor, SafetensorsDType } from './host-tensor.js';

/** A tensor of a safetensors file: its type, and which bytes of the file hold its values. */
export interface SafetensorsEntry {
  name: string;
  dtype: SafetensorsDType;
  shape: number[];
  /** First byte, counted from the start of the file. */
  begin: number;
  /** The byte after the last one. */
  end: number;
}

export interface SafetensorsHeader {
  entries: SafetensorsEntry[];
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

/** The values of a tensor over the bytes that hold them. */
export const hostData = (dtype: SafetensorsDType, bytes: ArrayBuffer): HostTensor['data'] =>
  new arrayTypes[dtype](bytes);

/**
 * How many bytes the header of a file takes, its length field included.
 *
 * @param start the first bytes of the file, at least 8 if it has them
 * @param fileBytes the length of the file
 * @throws Error of one sentence if that cannot be
 */
export function safetensorsHeaderBytes(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) {
    throw new Error(`not a safetensors file: got ${fileBytes} bytes, wanted at least the 8 of the header length`);
  }
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > Math.min(maxHeaderBytes, fileBytes - 8)) {
    throw new Error(
      `truncated or not a safetensors file: the header should have ${length} bytes, ${fileBytes - 8} follow its length`,
    );
  }
  return 8 + length;
}

/**
 * Reads the header of a file.
 *
 * @param header its bytes, the length field included; see {@link safetensorsHeaderBytes}
 * @param fileBytes the length of the file
 * @throws Error of one sentence for whatever makes it malformed: no JSON, a tensor named twice, an unknown dtype, sizes
 * that do not match shapes, gaps or overlaps between tensors, a body that is too short or too long
 */
export function parseSafetensorsHeader(header: Uint8Array, fileBytes: number): SafetensorsHeader {
  const json = parseJson(header.subarray(8));
  const metadata = readMetadata(json.__metadata__);
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => checkEntry(name, entry, header.byteLength));
  checkLayout(entries, header.byteLength, fileBytes);
  return { entries, metadata };
}

/**
 * The header of a file, its length field included, and the tensors in the order in which their values follow: wider
 * elements first, so that every tensor is aligned to its element size, then sorted by name.
 */
export function formatSafetensorsHeader(
  tensors: Readonly<Record<string, Pick<HostTensor, 'dtype' | 'shape'>>>,
  metadata: Readonly<Record<string, string>> = {},
): { bytes: Uint8Array; names: string[]; bodyBytes: number } {
  const width = (name: string) => arrayTypes[tensors[name]!.dtype].BYTES_PER_ELEMENT;
  const names = Object.keys(tensors).sort((a, b) => width(b) - width(a) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let bodyBytes = 0;
  for (const name of names) {
    const { dtype, shape } = tensors[name]!;
    const begin = bodyBytes;
    bodyBytes += elements(shape) * width(name);
    header[name] = { dtype, shape, data_offsets: [begin, bodyBytes] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return { bytes, names, bodyBytes };
}

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  const text = decodeUtf8(bytes);
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
  return header as Record<string, unknown>;
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

/** @param body where the values begin in the file, from which the header counts */
function checkEntry(name: string, value: unknown, body: number): SafetensorsEntry {
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
  const wanted = elements(shape) * arrayTypes[known].BYTES_PER_ELEMENT;
  if (end - begin !== wanted) {
    throw wrong(`has ${end - begin} bytes, its shape [${shape.join(', ')}] of ${dtype} needs ${wanted}`);
  }
  return { name, dtype: known, shape, begin: body + begin, end: body + end };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

/** Tensors must follow one another without gap or overlap and fill the body. */
function checkLayout(entries: readonly SafetensorsEntry[], body: number, fileBytes: number): void {
  let at = body;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      throw new Error(
        `malformed safetensors file: tensor "${name}" begins at byte ${begin - body}, wanted ${at - body}`,
      );
    }
    at = end;
  }
  if (at !== fileBytes) {
    const kind = at > fileBytes ? 'truncated' : 'overlong';
    throw new Error(`${kind} safetensors file: its tensors need ${at - body} bytes, it has ${fileBytes - body}`);
  }
}
