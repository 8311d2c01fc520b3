import { backend_util, upcastType } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { sameShape, type Value, type ValueType } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { cast, compare, not, where } from './ops.js';

/** A comparison; bool operands are compared as int32, for which ONNX defines an order. */
function comparison(op: string): Kernel {
  return (call) => {
    const [a, b] = numeric(call.graph, call.value('a'), call.value('b'));
    return compare(call.graph, op, a, b);
  };
}

function numeric(g: Graph, a: Value, b: Value): [Value, Value] {
  return a.type === 'bool' ? [cast(g, a, 'int32'), cast(g, b, 'int32')] : [a, b];
}

function logical(op: string): Kernel {
  return (call) =>
    compare(call.graph, op, cast(call.graph, call.value('a'), 'bool'), cast(call.graph, call.value('b'), 'bool'));
}

const notEqual: Kernel = (call) => {
  const [a, b] = numeric(call.graph, call.value('a'), call.value('b'));
  return not(call.graph, compare(call.graph, 'Equal', a, b));
};

type Operands = [condition: Value, then: Value, otherwise: Value];

const jointShape = (operands: Operands) =>
  operands.reduce<number[]>((shape, x) => backend_util.assertAndGetBroadcastShape(shape, [...x.shape]), []);

/** A condition of rank 1 chooses whole rows of operands of higher rank. */
const select: Kernel = (call) => {
  const g = call.graph;
  const t = call.value('t');
  const e = call.value('e');
  const type = upcastType(t.type as 'float32', e.type as 'float32') as ValueType;
  let condition = cast(g, call.value('condition'), 'bool');
  if (condition.shape.length === 1 && t.shape.length > 1) {
    condition = g.reshape(condition, [condition.size, ...t.shape.slice(1).map(() => 1)]);
  }
  const operands: Operands = [condition, cast(g, t, type), cast(g, e, type)];
  const sources = operands.map(beforeBroadcast) as Operands;
  return where(g, ...(sameShape(jointShape(sources), jointShape(operands)) ? sources : operands));
};

/** What tfjs has broadcast by repeating it: the operator itself broadcasts without making that array. */
function beforeBroadcast(x: Value): Value {
  if (x.producer?.op !== 'Tile') return x;
  const source = x.producer.inputs[0] as Value;
  const isBroadcast = source.shape.every((extent, axis) => extent === 1 || extent === x.shape[axis]);
  return isBroadcast ? source : x;
}

/** Kernels whose result is bool, and the choice by a condition. */
export const comparisonKernels: KernelTable = {
  Equal: comparison('Equal'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  NotEqual: notEqual,
  Select: select,
};
