import type { Graph } from '../graph.js';
import type { Operand, Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { add, broadcastShape, cast, compare, div, int, like, map, mul, not, sub, where, zip } from './ops.js';

type Binary = (g: Graph, a: Value, b: Value) => Value;

/** Arithmetic on two broadcast operands of one type. bool is computed in int32 and given back as bool, as tfjs does. */
function arithmetic(apply: Binary): Kernel {
  return (call) => {
    const a = call.value('a');
    const b = call.value('b');
    if (a.type !== 'bool') return apply(call.graph, a, b);
    return cast(call.graph, apply(call.graph, cast(call.graph, a, 'int32'), cast(call.graph, b, 'int32')), 'bool');
  };
}

/** Arithmetic that is defined on floats; other types are converted there and back. */
function inFloat(apply: Binary): Kernel {
  return (call) => {
    const a = call.value('a');
    const b = call.value('b');
    return cast(call.graph, apply(call.graph, cast(call.graph, a, 'float32'), cast(call.graph, b, 'float32')), a.type);
  };
}

/**
 * Integer division and remainder go through float64, where quotients of int32 are exact and a zero divisor (for which
 * tfjs gives 0) does not trap.
 */
function throughDouble(g: Graph, a: Value, b: Value, apply: Binary): Value {
  const result = apply(g, cast(g, a, 'float64'), cast(g, b, 'float64'));
  const divisible = not(g, compare(g, 'Equal', b, like(b, 0)));
  return cast(g, where(g, divisible, result, like(result, 0)), a.type);
}

const floorQuotient: Binary = (g, a, b) => map(g, 'Floor', div(g, a, b));

function floorDiv(g: Graph, a: Value, b: Value): Value {
  if (a.type === 'float32') return cast(g, floorQuotient(g, a, b), 'int32');
  return throughDouble(g, a, b, floorQuotient);
}

/** The remainder with the divisor's sign. */
function mod(g: Graph, a: Value, b: Value): Value {
  if (a.type !== 'float32') return throughDouble(g, a, b, (g, x, y) => sub(g, x, mul(g, floorQuotient(g, x, y), y)));
  const remainder = (x: Value): Value => g.op('Mod', [x, b], 'float32', broadcastShape(x, b), { fmod: int(1) });
  const truncated = remainder(a);
  const isNegative = (x: Operand): Value => compare(g, 'Less', x, like(b, 0));
  const sameSign = compare(g, 'Equal', isNegative(a), isNegative(b));
  return where(g, sameSign, truncated, remainder(add(g, truncated, b)));
}

/** The angle of (x, y) from atan(y / x) and the quadrant. */
function atan2(g: Graph, y: Value, x: Value): Value {
  const zero = like(x, 0);
  const base = map(g, 'Atan', div(g, y, x));
  const upper = compare(g, 'GreaterOrEqual', y, zero);
  const turned = where(g, upper, add(g, base, like(x, Math.PI)), sub(g, base, like(x, Math.PI)));
  const halfTurn = mul(g, map(g, 'Sign', y), like(x, Math.PI / 2));
  const rightOrLeft = where(g, compare(g, 'Less', x, zero), turned, base);
  return where(g, compare(g, 'Equal', x, zero), halfTurn, rightOrLeft);
}

const squaredDifference: Binary = (g, a, b) => {
  const difference = sub(g, a, b);
  return mul(g, difference, difference);
};

const addN: Kernel = (call) => call.values().reduce((sum, value) => add(call.graph, sum, value));

/** Arithmetic kernels with two inputs. */
export const arithmeticKernels: KernelTable = {
  Add: arithmetic(add),
  AddN: addN,
  Atan2: inFloat(atan2),
  BitwiseAnd: arithmetic((g, a, b) => zip(g, 'BitwiseAnd', a, b)),
  FloorDiv: arithmetic(floorDiv),
  Maximum: arithmetic((g, a, b) => zip(g, 'Max', a, b)),
  Minimum: arithmetic((g, a, b) => zip(g, 'Min', a, b)),
  Mod: arithmetic(mod),
  Multiply: arithmetic(mul),
  Pow: arithmetic((g, a, b) => zip(g, 'Pow', a, b)),
  RealDiv: (call) =>
    div(call.graph, cast(call.graph, call.value('a'), 'float32'), cast(call.graph, call.value('b'), 'float32')),
  SquaredDifference: arithmetic(squaredDifference),
  Sub: arithmetic(sub),
};
