import {
  type BatchToSpaceNDAttrs,
  type BroadCastToAttrs,
  backend_util,
  type CastAttrs,
  type DepthToSpaceAttrs,
  type ExpandDimsAttrs,
  type MirrorPadAttrs,
  type PadV2Attrs,
  type ReshapeAttrs,
  type SpaceToBatchNDAttrs,
  type TileAttrs,
  type TransposeAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { int64, tensorType, type Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { cast, expand, gather, like, padRank, slice, string, transpose } from './ops.js';

const identity: Kernel = (call) => call.alias(call.tensor('x'), call.tensor('x').shape);

const reshape: Kernel = (call) => {
  const x = call.tensor('x');
  const size = util.sizeFromShape(x.shape);
  const shape = util.inferFromImplicitShape(call.attrs<ReshapeAttrs>().shape, size);
  util.assert(
    size === util.sizeFromShape(shape),
    () => `Cannot reshape a tensor of shape [${x.shape}] (${size} elements) to [${shape}].`,
  );
  return call.alias(x, shape);
};

const expandDims: Kernel = (call) => {
  const x = call.tensor('input');
  const { dim } = call.attrs<ExpandDimsAttrs>();
  const shape = [...x.shape];
  util.assert(
    dim >= -(shape.length + 1) && dim <= shape.length,
    () => `Axis must be in the interval [${-(shape.length + 1)}, ${shape.length}], got ${dim}.`,
  );
  shape.splice(dim < 0 ? x.shape.length + dim + 1 : dim, 0, 1);
  return call.alias(x, shape);
};

const castTo: Kernel = (call) => {
  const x = call.tensor('x');
  const { dtype } = call.attrs<CastAttrs>();
  if (dtype === x.dtype) return identity(call);
  return cast(call.graph, call.value('x'), tensorType(dtype));
};

const transposed: Kernel = (call) => {
  const { perm } = call.attrs<TransposeAttrs>();
  if (perm.every((axis, i) => axis === i)) return identity(call);
  return transpose(call.graph, call.value('x'), perm);
};

/** Runs an operator that ONNX Runtime offers for numbers only; bool goes through int32. */
function asNumber(g: Graph, x: Value, apply: (x: Value) => Value): Value {
  return x.type === 'bool' ? cast(g, apply(cast(g, x, 'int32')), 'bool') : apply(x);
}

function pad(g: Graph, x: Value, paddings: readonly (readonly [number, number])[], mode: string, value: number): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((extent, i) => extent + paddings[i]![0] + paddings[i]![1]);
  const pads = int64([...paddings.map((pair) => pair[0]), ...paddings.map((pair) => pair[1])]);
  return asNumber(g, x, (x) => g.op('Pad', [x, pads, like(x, value)], x.type, shape, { mode: string(mode) }));
}

const padV2: Kernel = (call) => {
  const { paddings, constantValue } = call.attrs<PadV2Attrs>();
  const x = call.value('x');
  if (x.size > 0) return pad(call.graph, x, paddings, 'constant', constantValue);
  const shape = x.shape.map((extent, i) => extent + paddings[i]![0] + paddings[i]![1]);
  const scalar = call.graph.host(Float32Array.of(constantValue), 'float32', []);
  return cast(call.graph, expand(call.graph, scalar, shape), x.type);
};

/** `symmetric` repeats the edge itself, which ONNX lacks: it is assembled from reversed slices. */
const mirrorPad: Kernel = (call) => {
  const { paddings, mode } = call.attrs<MirrorPadAttrs>();
  const x = call.value('x');
  const g = call.graph;
  if (mode === 'reflect') return pad(g, x, paddings, 'reflect', 0);
  return paddings.reduce((padded, pair, axis) => mirrorAxis(g, padded, axis, pair), x);
};

function mirrorAxis(g: Graph, x: Value, axis: number, [before, after]: readonly [number, number]): Value {
  const extent = x.shape[axis]!;
  const indices = Int32Array.from({ length: extent + before + after }, (_, i) => {
    const position = i - before;
    if (position < 0) return -position - 1;
    return position < extent ? position : 2 * extent - 1 - position;
  });
  return gather(g, x, g.host(indices, 'int32', [indices.length]), axis);
}

const tile: Kernel = (call) => {
  const x = call.value('x');
  const { reps } = call.attrs<TileAttrs>();
  const shape = x.shape.map((extent, i) => extent * reps[i]!);
  return call.graph.op('Tile', [x, int64(reps)], x.type, shape);
};

const broadcastTo: Kernel = (call) => {
  const { shape } = call.attrs<BroadCastToAttrs>();
  return expand(call.graph, padRank(call.graph, call.value('x'), shape.length), shape);
};

const spaceToBatch: Kernel = (call) => {
  const g = call.graph;
  const { blockShape, paddings } = call.attrs<SpaceToBatchNDAttrs>();
  const x = call.value('x');
  const rest = x.shape.slice(1 + blockShape.length).map((): [number, number] => [0, 0]);
  const padded = pad(g, x, [[0, 0], ...(paddings as [number, number][]), ...rest], 'constant', 0);
  const prod = blockShape.reduce((product, block) => product * block, 1);
  const expanded = backend_util.getReshaped([...padded.shape], blockShape, prod, false);
  const perm = backend_util.getPermuted(expanded.length, blockShape.length, false);
  const flat = backend_util.getReshapedPermuted([...padded.shape], blockShape, prod, false);
  return g.reshape(transpose(g, g.reshape(padded, expanded), perm), flat);
};

const batchToSpace: Kernel = (call) => {
  const g = call.graph;
  const { blockShape, crops } = call.attrs<BatchToSpaceNDAttrs>();
  const x = call.value('x');
  const prod = blockShape.reduce((product, block) => product * block, 1);
  const expanded = backend_util.getReshaped([...x.shape], blockShape, prod);
  const perm = backend_util.getPermuted(expanded.length, blockShape.length);
  const flat = backend_util.getReshapedPermuted([...x.shape], blockShape, prod);
  const rest = flat.slice(1 + blockShape.length);
  const begin = [...backend_util.getSliceBeginCoords(crops, blockShape.length), ...rest.map(() => 0)];
  const size = [...backend_util.getSliceSize(flat, crops, blockShape.length), ...rest];
  return slice(g, g.reshape(transpose(g, g.reshape(x, expanded), perm), flat), begin, size);
};

const depthToSpace: Kernel = (call) => {
  const g = call.graph;
  const { blockSize: b, dataFormat } = call.attrs<DepthToSpaceAttrs>();
  const x = call.value('x');
  const nhwc = dataFormat === 'NHWC' ? x : transpose(g, x, [0, 2, 3, 1]);
  const [n, h, w, c] = nhwc.shape as [number, number, number, number];
  const depth = c / (b * b);
  const blocks = transpose(g, g.reshape(nhwc, [n, h, w, b, b, depth]), [0, 1, 3, 2, 4, 5]);
  const out = g.reshape(blocks, [n, h * b, w * b, depth]);
  return dataFormat === 'NHWC' ? out : transpose(g, out, [0, 3, 1, 2]);
};

/** Kernels that move or rename elements without computing; most of them share the data of their input. */
export const shapeKernels: KernelTable = {
  BatchToSpaceND: batchToSpace,
  BroadcastTo: broadcastTo,
  Cast: castTo,
  DepthToSpace: depthToSpace,
  ExpandDims: expandDims,
  Identity: identity,
  MirrorPad: mirrorPad,
  PadV2: padV2,
  Reshape: reshape,
  SpaceToBatchND: spaceToBatch,
  Tile: tile,
  Transpose: transposed,
};
