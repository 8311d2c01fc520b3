import type { GraphNode } from './graph.js';
import type { DeviceArray, OrtTensor, OrtType } from './ort.js';

/**
 * Element types inside a graph: the tfjs ones, float16 for float32 tensors that are stored in half precision, int64 for
 * indices, and float64 where int32 results must be exact.
 */
export type ValueType = OrtType | 'int64' | 'float64';

/** The dtypes of tfjs that tensors of this backend can have. */
export type TensorType = 'float32' | 'int32' | 'bool';

/** @throws Error if there are no tensors of this dtype */
export function tensorType(dtype: string): TensorType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`The onnxruntime backend does not support the dtype ${dtype}; it supports float32, int32 and bool.`);
}

/** float16 is held as its bits. */
export type HostData = Float32Array | Uint16Array | Int32Array | Uint8Array;

/** Shape equality. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/**
 * One array of the computation: on the host (`host` set), on a device (`device` set) or still to be computed (`producer` set).
 *
 * A value is kept by two kinds of references: `holders` are tensors and readers, to whom the data must be delivered when
 * the graph runs; `uses` are captured nodes that take it as input and need it only during the run.
 */
export class Value {
  holders = 0;
  uses = 0;
  producer: GraphNode | null = null;
  host: HostData | null = null;
  device: DeviceArray | null = null;
  /** `host` as ONNX Runtime sees it, once it has been fed or delivered. */
  ort: OrtTensor | null = null;
  /** Set when the run that should have produced this value failed. */
  failure: Error | null = null;
  /** Set on a reshaped view: the value whose elements these are. */
  base: Value | null = null;
  /** Set on a view whose node has run while later segments of the run still need it: it holds one use of its base. */
  pinsBase = false;
  /** Views of this value captured since the last run, by shape. */
  views: Map<string, Value> | null = null;
  /** Number of this value within the plan that is being built. */
  local = -1;
  /** How often the nodes of the plan that is being built take this value as input. */
  inner = 0;

  constructor(
    readonly type: ValueType,
    readonly shape: readonly number[],
  ) {}

  get size(): number {
    return sizeOf(this.shape);
  }

  get bytes(): number {
    return this.size * bytesPerElement(this.type);
  }

  /** The array with the elements, once there is one; a view shows its base's. */
  get elements(): HostData | null {
    return this.host ?? this.base?.host ?? null;
  }

  get isComputed(): boolean {
    return this.host !== null || this.device !== null;
  }

  get isReferenced(): boolean {
    return this.holders > 0 || this.uses > 0;
  }
}

/** A small array that is part of the graph's structure: shapes, axes, pads, neutral elements. */
export class Constant {
  readonly key: string;

  constructor(
    readonly type: ValueType,
    readonly shape: readonly number[],
    readonly data: readonly number[],
  ) {
    this.key = `${type}[${shape}]${data.map((x) => (Object.is(x, -0) ? '-0' : x))}`;
  }

  get size(): number {
    return sizeOf(this.shape);
  }
}

/** Something a node can take as input. */
export type Operand = Value | Constant;

/** Creates the host array of a type that can live there. */
export function typedArray(type: ValueType, buffer: ArrayBuffer, length: number): HostData {
  if (type === 'float32') return new Float32Array(buffer, 0, length);
  if (type === 'float16') return new Uint16Array(buffer, 0, length);
  if (type === 'int32') return new Int32Array(buffer, 0, length);
  if (type === 'bool') return new Uint8Array(buffer, 0, length);
  throw new Error(`No host array for element type ${type}`);
}

export function bytesPerElement(type: ValueType): number {
  if (type === 'bool') return 1;
  if (type === 'float16') return 2;
  return type === 'int64' || type === 'float64' ? 8 : 4;
}

/** Whether arrays of this type can live on the host, that is in a tfjs tensor. */
export function isHostType(type: ValueType): type is OrtType {
  return type === 'float32' || type === 'float16' || type === 'int32' || type === 'bool';
}

/** A list of int64 as a structural constant of rank 1. */
export function int64(data: readonly number[]): Constant {
  return new Constant('int64', [data.length], data);
}

/** A scalar as a structural constant. */
export function scalarOf(type: ValueType, value: number): Constant {
  return new Constant(type, [], [value]);
}
