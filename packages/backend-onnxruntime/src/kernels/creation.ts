import type { FillAttrs, LinSpaceAttrs, RangeAttrs } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { sizeOf, type TensorType, tensorType, type Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { filled } from './ops.js';

/** Arrays up to this many elements are made on the host; larger ones exist only while the graph runs. */
const HOST_FILL_LIMIT = 4096;

function hostArray(type: TensorType, size: number): Float32Array | Int32Array | Uint8Array {
  if (type === 'float32') return new Float32Array(size);
  return type === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

function constantArray(g: Graph, type: TensorType, shape: readonly number[], value: number): Value {
  const size = sizeOf(shape);
  return size <= HOST_FILL_LIMIT
    ? g.host(hostArray(type, size).fill(value), type, shape)
    : filled(g, type, shape, value);
}

const fill: Kernel = (call) => {
  const { shape, value, dtype } = call.attrs<FillAttrs>();
  if (typeof value === 'string') throw new Error('The onnxruntime backend does not support the dtype string.');
  return constantArray(call.graph, tensorType(dtype ?? 'float32'), shape, value);
};

function sameShapeAs(value: number): Kernel {
  return (call) => {
    const { shape, dtype } = call.tensor('x');
    return constantArray(call.graph, tensorType(dtype), shape, value);
  };
}

const range: Kernel = (call) => {
  const { start, stop, step, dtype } = call.attrs<RangeAttrs>();
  const backwards = start < stop && step < 0;
  const forwards = stop < start && step > 1;
  const size = start === stop || backwards || forwards ? 0 : Math.abs(Math.ceil((stop - start) / step));
  const signed = stop < start && step === 1 ? -1 : step;
  const values = hostArray(dtype, size).map((_, i) => start + i * signed);
  return call.graph.host(values, dtype, [size]);
};

const linSpace: Kernel = (call) => {
  const { start, stop, num } = call.attrs<LinSpaceAttrs>();
  const step = num > 1 ? (stop - start) / (num - 1) : 0;
  return call.graph.host(
    Float32Array.from({ length: num }, (_, i) => start + i * step),
    'float32',
    [num],
  );
};

/** Kernels that make arrays of nothing but attributes. */
export const creationKernels: KernelTable = {
  Fill: fill,
  LinSpace: linSpace,
  OnesLike: sameShapeAs(1),
  Range: range,
  ZerosLike: sameShapeAs(0),
};
