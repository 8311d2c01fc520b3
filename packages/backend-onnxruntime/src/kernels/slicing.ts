import {
  backend_util,
  type ConcatAttrs,
  type PackAttrs,
  type ReverseAttrs,
  type SliceAttrs,
  type SplitVAttrs,
  type StridedSliceAttrs,
  slice_util,
  type UnpackAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { int64, type Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { concat, int, slice } from './ops.js';

const sliced: Kernel = (call) => {
  const x = call.tensor('x');
  const { begin, size } = call.attrs<SliceAttrs>();
  const [begins, sizes] = slice_util.parseSliceParams(x as never, begin, size) as [number[], number[]];
  slice_util.assertParamsValid(x as never, begins, sizes);
  if (util.arraysEqual(sizes, x.shape)) return call.alias(x, x.shape);
  return slice(call.graph, call.stored('x'), begins, sizes);
};

const stridedSlice: Kernel = (call) => {
  const g = call.graph;
  const a = call.attrs<StridedSliceAttrs>();
  const x = call.value('x');
  const info = slice_util.sliceInfo(
    [...x.shape],
    a.begin,
    a.end,
    a.strides,
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  const finalShape = info.finalShape.map((extent) => extent + 0); // tfjs computes -0 for some empty slices
  if (info.isIdentity) return call.alias(call.tensor('x'), finalShape);
  const { begin, end, strides } = info;
  const shape = slice_util.computeOutShape(begin, end, strides).map((extent) => extent + 0);
  // A descending slice that includes element 0 ends before it, which ONNX spells as a very negative end.
  const ends = end.map((stop, axis) => (stop < 0 && strides[axis]! < 0 ? -Number.MAX_SAFE_INTEGER : stop));
  const axes = begin.map((_, axis) => axis);
  const part = g.op('Slice', [x, int64(begin), int64(ends), int64(axes), int64(strides)], x.type, shape);
  return g.reshape(part, finalShape);
};

const concatenated: Kernel = (call) => {
  const tensors = call.tensors();
  const axis = util.parseAxisParam(call.attrs<ConcatAttrs>().axis, tensors[0]!.shape)[0]!;
  backend_util.assertParamsConsistent(
    tensors.map((tensor) => tensor.shape),
    axis,
  );
  return concat(call.graph, call.storedValues(), axis);
};

function split(g: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const specs = sizes.map((size) => ({
    type: x.type,
    shape: x.shape.map((extent, i) => (i === axis ? size : extent)),
  }));
  return g.append('Split', '', [x, int64(sizes)], specs, { axis: int(axis) });
}

const splitV: Kernel = (call) => {
  const x = call.value('x');
  const { numOrSizeSplits, axis } = call.attrs<SplitVAttrs>();
  const parsed = util.parseAxisParam(axis, [...x.shape])[0]!;
  const sizes = backend_util.prepareSplitSize(x as never, numOrSizeSplits, parsed);
  return split(call.graph, x, sizes, parsed);
};

const pack: Kernel = (call) => {
  const values = call.values();
  const rank = values[0]!.shape.length;
  const { axis } = call.attrs<PackAttrs>();
  const at = axis < 0 ? rank + 1 + axis : axis;
  const expanded = values.map((value) => {
    util.assertShapesMatch(
      [...values[0]!.shape],
      [...value.shape],
      'All tensors passed to stack must have one shape: ',
    );
    util.assert(value.type === values[0]!.type, () => 'All tensors passed to stack must have matching dtypes.');
    const shape = [...value.shape];
    shape.splice(at, 0, 1);
    return call.graph.reshape(value, shape);
  });
  return concat(call.graph, expanded, at);
};

const unpack: Kernel = (call) => {
  const value = call.value('value');
  const { axis } = call.attrs<UnpackAttrs>();
  const at = axis < 0 ? value.shape.length + axis : axis;
  const parts = split(call.graph, value, new Array<number>(value.shape[at]!).fill(1), at);
  const shape = value.shape.filter((_, i) => i !== at);
  return parts.map((part) => call.graph.reshape(part, shape));
};

const reverse: Kernel = (call) => {
  const x = call.value('x');
  const axes = util.parseAxisParam(call.attrs<ReverseAttrs>().dims, [...x.shape]);
  if (x.shape.length === 0 || axes.length === 0) return call.alias(call.tensor('x'), x.shape);
  const starts = int64(axes.map(() => -1));
  const ends = int64(axes.map(() => -Number.MAX_SAFE_INTEGER));
  const steps = int64(axes.map(() => -1));
  return call.graph.op('Slice', [x, starts, ends, int64(axes), steps], x.type, x.shape);
};

/** Kernels that cut arrays apart and put them together. */
export const slicingKernels: KernelTable = {
  Concat: concatenated,
  Pack: pack,
  Reverse: reverse,
  Slice: sliced,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Unpack: unpack,
};
