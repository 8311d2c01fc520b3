import { type ArgMaxAttrs, util } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import type { Kernel, KernelCall, KernelTable } from './call.js';
import { cast, columnSums, fedScalar, filled, int, like, nanMask, reduce, where } from './ops.js';

interface AxisAttrs {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims: boolean;
}

function axesOf(call: KernelCall, shape: readonly number[]): { axes: number[]; keepDims: boolean } {
  const { axis, reductionIndices, keepDims } = call.attrs<AxisAttrs>();
  return { axes: util.parseAxisParam((axis ?? reductionIndices)!, [...shape]), keepDims };
}

/** A reduction; `empty` is its value over no elements. */
function reduction(op: string, empty: number, prepare: (g: Graph, x: Value) => Value): Kernel {
  return (call) => {
    const x = prepare(call.graph, call.value('x'));
    const { axes, keepDims } = axesOf(call, x.shape);
    if (x.size > 0) return reduce(call.graph, op, x, axes, keepDims);
    const shape = keepDims
      ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    return filled(call.graph, x.type as 'float32', shape, empty);
  };
}

const keep = (_: Graph, x: Value): Value => x;
const boolToInt = (g: Graph, x: Value): Value => (x.type === 'bool' ? cast(g, x, 'int32') : x);
const toFloat = (g: Graph, x: Value): Value => cast(g, x, 'float32');

/** All and Any: minimum and maximum of 0 and 1. */
function logical(op: string): Kernel {
  return (call) => {
    const x = cast(call.graph, call.value('x'), 'int32');
    const { axes, keepDims } = axesOf(call, x.shape);
    return cast(call.graph, reduce(call.graph, op, x, axes, keepDims), 'bool');
  };
}

/**
 * Max and Min keep the type, so bool goes through int32 and back. ONNX Runtime skips NaN where tfjs returns it; a sum of
 * squares is NaN exactly if an element is, which costs one pass.
 */
function extremum(op: string, empty: number): Kernel {
  const plain = reduction(op, empty, keep);
  return (call) => {
    const { dtype, shape } = call.tensor('x');
    if (dtype === 'bool') return logical(op)(call);
    const { axes, keepDims } = axesOf(call, shape);
    if (dtype === 'int32' || axes.length === 0 || shape.includes(0)) return plain(call);
    const g = call.graph;
    const x = call.value('x');
    const squares = reduce(g, 'ReduceSumSquare', x, axes, keepDims);
    return where(g, nanMask(g, squares), squares, reduce(g, op, x, axes, keepDims));
  };
}

/** The first index of the largest (smallest) element along one axis, NaN aside. ONNX counts in int64, tfjs in int32. */
function argument(op: string, worst: number): Kernel {
  return (call) => {
    const g = call.graph;
    const value = boolToInt(g, call.value('x'));
    const x = value.type === 'float32' ? where(g, nanMask(g, value), like(value, worst), value) : value;
    const axis = util.parseAxisParam(call.attrs<ArgMaxAttrs>().axis, [...x.shape])[0]!;
    if (x.shape.length === 0) return fedScalar(g, 'int32', 0);
    const shape = x.shape.filter((_, i) => i !== axis);
    return cast(g, g.op(op, [x], 'int64', shape, { axis: int(axis), keepdims: int(0) }), 'int32');
  };
}

/** Whether `axes` are all axes of a shape but the last. */
const overColumns = (axes: readonly number[], shape: readonly number[]) =>
  axes.length > 0 && axes.length === shape.length - 1 && !axes.includes(shape.length - 1);

const plainSum = reduction('ReduceSum', 0, boolToInt);

/** Elements of an array whose columns are summed by a product. */
const LARGE = 2 ** 16;

/**
 * A sum of squares along the rows has an operator of its own, which reads the array once and makes no array of squares.
 * Along columns it is slower than a product and a sum.
 */
const sum: Kernel = (call) => {
  const x = call.value('x');
  const { axes, keepDims } = axesOf(call, x.shape);
  if (x.type === 'float32' && x.size >= LARGE && overColumns(axes, x.shape)) {
    const sums = columnSums(call.graph, x);
    return keepDims ? call.graph.reshape(sums, [...axes.map(() => 1), sums.size]) : sums;
  }
  const product = x.producer?.op === 'Mul' && x.producer.inputs[0] === x.producer.inputs[1] ? x.producer : undefined;
  const alongRows = axes.length > 0 && axes.every((axis) => axis >= x.shape.length - axes.length);
  if (!product || x.type !== 'float32' || !alongRows || x.size === 0) return plainSum(call);
  return reduce(call.graph, 'ReduceSumSquare', call.graph.reshape(product.inputs[0] as Value, x.shape), axes, keepDims);
};

/** Kernels that reduce over axes. */
export const reductionKernels: KernelTable = {
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax', -Infinity),
  ArgMin: argument('ArgMin', Infinity),
  Max: extremum('ReduceMax', -Infinity),
  Mean: reduction('ReduceMean', NaN, toFloat),
  Min: extremum('ReduceMin', Infinity),
  Prod: reduction('ReduceProd', 1, boolToInt),
  Sum: sum,
};
