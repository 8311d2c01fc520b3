import { backend_util } from '@tensorflow/tfjs-core';
import type { Attribute, Graph } from '../graph.js';
import { elementType } from '../onnx.js';
import { Constant, int64, type Operand, scalarOf, type Value, type ValueType } from '../value.js';

/*
 * Graph-building shorthands shared by the kernels: each records one ONNX operator and works out the result's shape.
 */

export const int = (value: number): Attribute => ({ int: value });
export const float = (value: number): Attribute => ({ float: value });
export const ints = (values: readonly number[]): Attribute => ({ ints: values });
export const string = (value: string): Attribute => ({ string: value });

/** Shape of two operands broadcast against each other. */
export function broadcastShape(a: Operand, b: Operand): number[] {
  return backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
}

/** A scalar of the same element type, as part of the graph's structure. */
export function like(value: Value, x: number): Constant {
  return scalarOf(value.type, x);
}

export function cast(g: Graph, x: Value, type: ValueType): Value {
  return x.type === type ? x : g.op('Cast', [x], type, x.shape, { to: int(elementType(type)) });
}

/** An element-wise operator with one input. */
export function map(g: Graph, op: string, x: Value, attributes?: Record<string, Attribute>): Value {
  return g.op(op, [x], x.type, x.shape, attributes);
}

/** A broadcasting operator whose result has the type of its operands. */
export function zip(g: Graph, op: string, a: Operand, b: Operand): Value {
  return g.op(op, [besideColumn(g, a, b), besideColumn(g, b, a)], a.type, broadcastShape(a, b));
}

/** A single number beside [n, 1], for which ONNX Runtime takes fifty times as long unless both have the same rank. */
function besideColumn(g: Graph, x: Operand, other: Operand): Operand {
  const rank = other.shape.length;
  if (x.size !== 1 || x.shape.length >= rank || other.shape.at(-1) !== 1) return x;
  return x instanceof Constant ? new Constant(x.type, new Array<number>(rank).fill(1), x.data) : padRank(g, x, rank);
}

/** A broadcasting operator whose result is bool. */
export function compare(g: Graph, op: string, a: Operand, b: Operand): Value {
  return g.op(op, [a, b], 'bool', broadcastShape(a, b));
}

export const add = (g: Graph, a: Operand, b: Operand): Value => zip(g, 'Add', a, b);
export const sub = (g: Graph, a: Operand, b: Operand): Value => zip(g, 'Sub', a, b);
export const mul = (g: Graph, a: Operand, b: Operand): Value => zip(g, 'Mul', a, b);
export const div = (g: Graph, a: Operand, b: Operand): Value => zip(g, 'Div', a, b);
export const nanMask = (g: Graph, x: Value): Value => g.op('IsNaN', [x], 'bool', x.shape);
export const not = (g: Graph, x: Value): Value => map(g, 'Not', x);

/** Element-wise choice; `a` and `b` have one type. Where lacks bool, for which the choice is spelled in logic. */
export function where(g: Graph, condition: Value, a: Operand, b: Operand): Value {
  const shape = backend_util.assertAndGetBroadcastShape([...condition.shape], broadcastShape(a, b));
  if (a.type !== 'bool') return g.op('Where', [condition, a, b], a.type, shape);
  return compare(g, 'Or', compare(g, 'And', condition, a), compare(g, 'And', not(g, condition), b));
}

/** Repeats a value along broadcast dimensions. */
export function expand(g: Graph, x: Value, shape: readonly number[]): Value {
  return g.op('Expand', [x, int64(shape)], x.type, shape);
}

export function transpose(g: Graph, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  return g.op(
    'Transpose',
    [x],
    x.type,
    perm.map((axis) => x.shape[axis]!),
    { perm: ints(perm) },
  );
}

/** x[begin : begin + size] on every axis. */
export function slice(g: Graph, x: Value, begin: readonly number[], size: readonly number[]): Value {
  const axes: number[] = [];
  for (let i = 0; i < begin.length; i++) if (begin[i] !== 0 || size[i] !== x.shape[i]) axes.push(i);
  if (axes.length === 0) return x;
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => begin[axis]! + size[axis]!);
  return g.op('Slice', [x, int64(starts), int64(ends), int64(axes)], x.type, size);
}

export function concat(g: Graph, values: readonly Value[], axis: number): Value {
  const parts = values.filter((value) => value.size > 0);
  if (parts.length === 1) return parts[0]!;
  const used = parts.length > 0 ? parts : values;
  const shape = [...used[0]!.shape];
  shape[axis] = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return g.op('Concat', used, used[0]!.type, shape, { axis: int(axis) });
}

/** Reduces over `axes` with the given ONNX operator. No axes: the input itself. */
export function reduce(g: Graph, op: string, x: Value, axes: readonly number[], keepDims = false): Value {
  if (axes.length === 0) return x;
  const shape = keepDims
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !axes.includes(axis));
  return g.op(op, [x, int64(axes)], x.type, shape, { keepdims: int(keepDims ? 1 : 0) });
}

/** Sums of a float32 array over all axes but the last: a product with ones, which takes a third of ReduceSum's time. */
export function columnSums(g: Graph, x: Value): Value {
  const columns = x.shape.at(-1)!;
  const rows = x.size / columns;
  const sums = g.op('MatMul', [filled(g, 'float32', [1, rows], 1), g.reshape(x, [rows, columns])], 'float32', [
    1,
    columns,
  ]);
  return g.reshape(sums, [columns]);
}

export function gather(g: Graph, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return g.op('Gather', [x, indices], x.type, shape, { axis: int(axis) });
}

/** A small host scalar that is fed, so that its value is not part of the graph's structure. */
export function fedScalar(g: Graph, type: 'float32' | 'int32' | 'bool', value: number): Value {
  const data =
    type === 'float32' ? Float32Array.of(value) : type === 'int32' ? Int32Array.of(value) : Uint8Array.of(value);
  return g.host(data, type, []);
}

/** An array filled with one value. The value is fed and the array exists only while the graph runs. */
export function filled(g: Graph, type: 'float32' | 'int32' | 'bool', shape: readonly number[], value: number): Value {
  const scalar = fedScalar(g, type, value);
  return shape.length === 0 ? scalar : expand(g, scalar, shape);
}

/** Adds dimensions of extent 1 in front until the rank is `rank`. */
export function padRank(g: Graph, x: Value, rank: number): Value {
  return g.reshape(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
}
