import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxRuntimeBackend } from '../backend.js';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import { cast } from './ops.js';

/** What a kernel returns: new values, or tensors that share data with an input. */
export type KernelResult = Value | Value[] | { alias: TensorInfo };

/** Records one tfjs kernel into the graph. */
export type Kernel = (call: KernelCall) => KernelResult;

/** Kernels by tfjs kernel name. */
export type KernelTable = Record<string, Kernel>;

/** The invocation of a kernel: its inputs as graph values, resolved when asked for, and its attributes. */
export class KernelCall {
  constructor(
    private readonly backend: OnnxRuntimeBackend,
    private readonly inputs: NamedTensorInfoMap | undefined,
    private readonly attributes: NamedAttrMap | undefined,
  ) {}

  get graph(): Graph {
    return this.backend.graph;
  }

  /** The attributes as the type tfjs-core declares for them. */
  attrs<T>(): T {
    return this.attributes as unknown as T;
  }

  /** The tensor passed as input `name`. */
  tensor(name: string): TensorInfo {
    return this.inputs![name]!;
  }

  has(name: string): boolean {
    return this.inputs?.[name] != null;
  }

  /** The value of input `name` under the tensor's shape, in the type of the tensor: half precision is widened. */
  value(name: string): Value {
    return this.widened(this.stored(name));
  }

  /** The same as it is stored, possibly in half precision: for kernels that only move elements. */
  stored(name: string): Value {
    return this.backend.valueOf(this.tensor(name));
  }

  /** All inputs of a variadic kernel such as Concat. */
  tensors(): TensorInfo[] {
    return this.inputs as unknown as TensorInfo[];
  }

  values(): Value[] {
    return this.tensors().map((tensor) => this.widened(this.backend.valueOf(tensor)));
  }

  /** All inputs as they are stored; widened if some of them are in half precision and others are not. */
  storedValues(): Value[] {
    const stored = this.tensors().map((tensor) => this.backend.valueOf(tensor));
    return stored.every(({ type }) => type === stored[0]!.type) ? stored : stored.map((value) => this.widened(value));
  }

  private widened(value: Value): Value {
    return value.type === 'float16' ? cast(this.graph, value, 'float32') : value;
  }

  /** A tensor of the given shape that shares the data of `tensor`. */
  alias(tensor: TensorInfo, shape: readonly number[]): KernelResult {
    this.backend.incRef(tensor.dataId);
    return { alias: { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype } };
  }
}
