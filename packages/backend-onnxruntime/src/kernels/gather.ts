import {
  backend_util,
  type GatherV2Attrs,
  type OneHotAttrs,
  type ScatterNdAttrs,
  type SparseToDenseAttrs,
  scatter_util,
  type TopKAttrs,
  type UnsortedSegmentSumAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { int64, scalarOf, sizeOf, type Value, type ValueType } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { add, cast, compare, expand, filled, gather, int, slice, string, transpose, where } from './ops.js';

const gatherV2: Kernel = (call) => {
  const g = call.graph;
  const { axis, batchDims } = call.attrs<GatherV2Attrs>();
  const x = call.stored('x');
  const indices = cast(g, call.value('indices'), 'int32');
  const parsed = util.parseAxisParam(axis, [...x.shape])[0]!;
  checkIndices(indices, x.shape[parsed]!);
  const info = backend_util.segment_util.collectGatherOpShapeInfo(x as never, indices as never, parsed, batchDims ?? 0);
  if (sizeOf(info.outputShape) === 0) return filled(g, call.value('x').type as 'float32', info.outputShape, 0);
  if (info.batchSize === 1) {
    const picked = gather(g, g.reshape(x, [info.outerSize, info.dimSize, info.sliceSize]), flat(g, indices), 1);
    return g.reshape(picked, info.outputShape);
  }
  return g.reshape(gatherBatched(g, call.value('x'), indices, info), info.outputShape);
};

/** Indices that are already known must be inside the axis; others are checked when the graph runs. */
function checkIndices(indices: Value, extent: number): void {
  const outside = indices.host?.find((index) => index < 0 || index >= extent);
  util.assert(outside === undefined, () => `GatherV2: the index value ${outside} is not in [0, ${extent - 1}]`);
}

const flat = (g: Graph, x: Value): Value => g.reshape(x, [x.size]);

/** Every batch has its own indices: the batches become one long axis and the indices are shifted into their part of it. */
function gatherBatched(
  g: Graph,
  x: Value,
  indices: Value,
  { batchSize, outerSize, dimSize, sliceSize }: ReturnType<typeof backend_util.segment_util.collectGatherOpShapeInfo>,
): Value {
  const grouped = transpose(g, g.reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
  const rows = g.reshape(grouped, [batchSize * dimSize, outerSize, sliceSize]);
  const offsets = Int32Array.from({ length: batchSize }, (_, b) => b * dimSize);
  const perBatch = indices.size / batchSize;
  const shifted = add(g, g.reshape(indices, [batchSize, perBatch]), g.host(offsets, 'int32', [batchSize, 1]));
  const picked = g.reshape(gather(g, rows, flat(g, shifted), 0), [batchSize, perBatch, outerSize, sliceSize]);
  return transpose(g, picked, [0, 2, 1, 3]);
}

const gatherNd: Kernel = (call) => {
  const g = call.graph;
  const params = call.value('params');
  const indices = call.value('indices');
  backend_util.prepareAndValidate(call.tensor('params') as never, call.tensor('indices') as never);
  const depth = indices.shape.at(-1)!;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  return g.op('GatherND', [params, cast(g, indices, 'int64')], params.type, shape);
};

/** data with updates written (or added) at rows of indices [n, depth]. */
function scatter(g: Graph, data: Value, indices: Value, updates: Value, reduction: 'none' | 'add'): Value {
  const inputs = [data, cast(g, indices, 'int64'), updates];
  return g.op('ScatterND', inputs, data.type, data.shape, { reduction: string(reduction) });
}

/** ONNX adds numbers only; a sum of bools is whether any of them is set. */
function scatterSum(g: Graph, indices: Value, updates: Value, shape: readonly number[]): Value {
  if (updates.type === 'bool') return cast(g, scatterSum(g, indices, cast(g, updates, 'int32'), shape), 'bool');
  return scatter(g, filled(g, updates.type as 'float32', shape, 0), indices, updates, 'add');
}

const scatterNd: Kernel = (call) => {
  const g = call.graph;
  const { shape } = call.attrs<ScatterNdAttrs>();
  const indices = call.value('indices');
  const updates = call.value('updates');
  const { sliceRank, numUpdates, sliceSize, outputSize } = scatter_util.calculateShapes(
    updates as never,
    indices as never,
    shape,
  );
  if (outputSize === 0) return filled(g, updates.type as 'float32', shape, 0);
  const rows = g.reshape(indices, [numUpdates, sliceRank]);
  const blocks = g.reshape(updates, [numUpdates, ...shape.slice(sliceRank)]);
  util.assert(sliceSize * numUpdates === updates.size, () => 'scatterND: updates do not fit indices and shape');
  return scatterSum(g, rows, blocks, shape);
};

const tensorScatterUpdate: Kernel = (call) => {
  const g = call.graph;
  const indices = call.value('indices');
  const updates = call.value('updates');
  const data = call.value('tensor');
  const { sliceRank, numUpdates } = scatter_util.calculateShapes(updates as never, indices as never, [...data.shape]);
  const rows = g.reshape(indices, [numUpdates, sliceRank]);
  return scatter(g, data, rows, g.reshape(updates, [numUpdates, ...data.shape.slice(sliceRank)]), 'none');
};

const sparseToDense: Kernel = (call) => {
  const g = call.graph;
  const { outputShape } = call.attrs<SparseToDenseAttrs>();
  const indices = call.value('sparseIndices');
  const values = call.value('sparseValues');
  const count = indices.shape.length === 0 ? 1 : indices.shape[0]!;
  const data = expand(g, cast(g, call.value('defaultValue'), values.type), outputShape);
  if (count === 0) return data;
  const rows = g.reshape(indices, [count, indices.size / count]);
  const updates = values.shape.length === 0 ? expand(g, values, [count]) : values;
  return scatter(g, data, rows, updates, 'none');
};

/** Rows whose segment is outside 0..n-1 are dropped: they are added to an extra row that is cut off. */
const unsortedSegmentSum: Kernel = (call) => {
  const g = call.graph;
  const { numSegments } = call.attrs<UnsortedSegmentSumAttrs>();
  const x = call.value('x');
  const ids = cast(g, call.value('segmentIds'), 'int32');
  const rest = x.shape.slice(ids.shape.length);
  const target = insideOr(g, flat(g, ids), numSegments, numSegments);
  const updates = g.reshape(x, [ids.size, ...rest]);
  const sums = scatterSum(g, g.reshape(target, [ids.size, 1]), updates, [numSegments + 1, ...rest]);
  return slice(g, sums, [0, ...rest.map(() => 0)], [numSegments, ...rest]);
};

/** indices, with `replacement` where an index is not in 0..limit-1. */
function insideOr(g: Graph, indices: Value, limit: number, replacement: number): Value {
  const low = compare(g, 'GreaterOrEqual', indices, scalarOf('int32', 0));
  const high = compare(g, 'Less', indices, scalarOf('int32', limit));
  return where(g, compare(g, 'And', low, high), indices, scalarOf('int32', replacement));
}

/** OneHot of ONNX counts negative indices from the end, tfjs leaves their rows off. */
const oneHot: Kernel = (call) => {
  const g = call.graph;
  const { depth, onValue, offValue, dtype } = call.attrs<OneHotAttrs>();
  const indices = call.value('indices');
  const inside = insideOr(g, flat(g, cast(g, indices, 'int32')), depth, depth);
  const values = g.host(Float32Array.of(offValue, onValue), 'float32', [2]);
  const shape = [indices.size, depth];
  const hot = g.op('OneHot', [inside, scalarOf('int32', depth), values], 'float32', shape, { axis: int(-1) });
  return g.reshape(cast(g, hot, (dtype ?? 'int32') as ValueType), [...indices.shape, depth]);
};

const topK: Kernel = (call) => {
  const g = call.graph;
  const x = call.value('x');
  const { k } = call.attrs<TopKAttrs>();
  const shape = [...x.shape.slice(0, -1), k];
  const number = x.type === 'bool' ? cast(g, x, 'int32') : x;
  const specs = [
    { type: number.type, shape },
    { type: 'int64' as const, shape },
  ];
  if (k === 0) return [filled(g, x.type as 'float32', shape, 0), filled(g, 'int32', shape, 0)];
  const [values, indices] = g.append('TopK', '', [number, int64([k])], specs, { axis: int(-1), sorted: int(1) });
  return [cast(g, values!, x.type), cast(g, indices!, 'int32')];
};

/** Kernels that read or write at computed positions. */
export const gatherKernels: KernelTable = {
  GatherNd: gatherNd,
  GatherV2: gatherV2,
  OneHot: oneHot,
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: tensorScatterUpdate,
  TopK: topK,
  UnsortedSegmentSum: unsortedSegmentSum,
};
