import { type ArgMaxAttrs, util } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import type { Kernel, KernelCall, KernelTable } from './call.js';
import { cast, fedScalar, filled, int, reduce } from './ops.js';

interface AxisAttrs {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims: boolean;
}

function axesOf(call: KernelCall, x: Value): { axes: number[]; keepDims: boolean } {
  const { axis, reductionIndices, keepDims } = call.attrs<AxisAttrs>();
  return { axes: util.parseAxisParam((axis ?? reductionIndices)!, [...x.shape]), keepDims };
}

/** A reduction; `empty` is its value over no elements. */
function reduction(op: string, empty: number, prepare: (g: Graph, x: Value) => Value): Kernel {
  return (call) => {
    const x = prepare(call.graph, call.value('x'));
    const { axes, keepDims } = axesOf(call, x);
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
    const { axes, keepDims } = axesOf(call, x);
    return cast(call.graph, reduce(call.graph, op, x, axes, keepDims), 'bool');
  };
}

/** Max and Min keep the type, so bool goes through int32 and back. */
function extremum(op: string, empty: number): Kernel {
  const number = reduction(op, empty, keep);
  return (call) => (call.tensor('x').dtype === 'bool' ? logical(op)(call) : number(call));
}

/** The first index of the largest (smallest) element along one axis. ONNX counts in int64, tfjs in int32. */
function argument(op: string): Kernel {
  return (call) => {
    const g = call.graph;
    const x = boolToInt(g, call.value('x'));
    const axis = util.parseAxisParam(call.attrs<ArgMaxAttrs>().axis, [...x.shape])[0]!;
    if (x.shape.length === 0) return fedScalar(g, 'int32', 0);
    const shape = x.shape.filter((_, i) => i !== axis);
    return cast(g, g.op(op, [x], 'int64', shape, { axis: int(axis), keepdims: int(0) }), 'int32');
  };
}

/** Kernels that reduce over axes. */
export const reductionKernels: KernelTable = {
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Max: extremum('ReduceMax', -Infinity),
  Mean: reduction('ReduceMean', NaN, toFloat),
  Min: extremum('ReduceMin', Infinity),
  Prod: reduction('ReduceProd', 1, boolToInt),
  Sum: reduction('ReduceSum', 0, boolToInt),
};
