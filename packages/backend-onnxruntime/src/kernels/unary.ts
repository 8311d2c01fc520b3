import type { ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import type { Attribute, Graph } from '../graph.js';
import type { Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { add, cast, compare, div, float, like, map, mul, nanMask, not, sub, where, zip } from './ops.js';

/** Applies a float function and gives the result back in the input's type, as tfjs does for int32 and bool inputs. */
function inFloat(apply: (g: Graph, x: Value, attrs: never) => Value): Kernel {
  return (call) => {
    const x = call.value('x');
    const y = apply(call.graph, cast(call.graph, x, 'float32'), call.attrs<never>());
    return cast(call.graph, y, x.type);
  };
}

/** A float function that ONNX has under one name. */
function named(op: string, attributes?: Record<string, Attribute>): Kernel {
  return inFloat((g, x) => map(g, op, x, attributes));
}

/** Operators that leave integers as they are. */
function rounding(op: string): Kernel {
  return (call) => {
    const x = call.value('x');
    return x.type === 'float32' ? map(call.graph, op, x) : call.alias(call.tensor('x'), x.shape);
  };
}

function predicate(apply: (g: Graph, x: Value) => Value): Kernel {
  return (call) => apply(call.graph, cast(call.graph, call.value('x'), 'float32'));
}

/** exp(x) - 1 without cancellation: 2t / (1 - t) with t = tanh(x/2) near zero. */
function expm1(g: Graph, x: Value): Value {
  const t = map(g, 'Tanh', mul(g, x, like(x, 0.5)));
  const near = div(g, mul(g, t, like(x, 2)), sub(g, like(x, 1), t));
  const far = sub(g, map(g, 'Exp', x), like(x, 1));
  return where(g, compare(g, 'Less', map(g, 'Abs', x), like(x, 0.5)), near, far);
}

/** log(1 + x) without cancellation: log(u) x / (u - 1) with u = 1 + x as rounded. */
function log1p(g: Graph, x: Value): Value {
  const u = add(g, x, like(x, 1));
  const difference = sub(g, u, like(x, 1));
  const corrected = div(g, mul(g, map(g, 'Log', u), x), difference);
  const tiny = compare(g, 'Equal', difference, like(x, 0));
  const infinite = compare(g, 'Greater', x, like(x, 3e38));
  return where(g, tiny, x, where(g, infinite, x, corrected));
}

function step(g: Graph, x: Value, { alpha = 0 }: StepAttrs): Value {
  const positive = where(g, compare(g, 'Greater', x, like(x, 0)), like(x, 1), like(x, alpha));
  return where(g, nanMask(g, x), x, positive);
}

/** ONNX Clip leaves NaN as it is, like tfjs. */
const clipByValue: Kernel = (call) => {
  const x = call.value('x');
  const { clipValueMin, clipValueMax } = call.attrs<ClipByValueAttrs>();
  return call.graph.op('Clip', [x, like(x, clipValueMin), like(x, clipValueMax)], x.type, x.shape);
};

const square: Kernel = (call) => {
  const x = call.value('x');
  return mul(call.graph, x, x);
};

const sign: Kernel = (call) => {
  const x = call.value('x');
  if (x.type === 'bool') return call.alias(call.tensor('x'), x.shape);
  const plain = map(call.graph, 'Sign', x);
  return x.type === 'int32' ? plain : where(call.graph, nanMask(call.graph, x), like(x, 0), plain);
};

const abs: Kernel = (call) => {
  const x = call.value('x');
  return x.type === 'bool' ? call.alias(call.tensor('x'), x.shape) : map(call.graph, 'Abs', x);
};

const neg: Kernel = (call) => {
  const x = call.value('x');
  return map(call.graph, 'Neg', x.type === 'bool' ? cast(call.graph, x, 'int32') : x);
};

/** Element-wise kernels with one input. */
export const unaryKernels: KernelTable = {
  Abs: abs,
  Acos: named('Acos'),
  Acosh: named('Acosh'),
  Asin: named('Asin'),
  Asinh: named('Asinh'),
  Atan: named('Atan'),
  Atanh: named('Atanh'),
  Ceil: rounding('Ceil'),
  ClipByValue: clipByValue,
  Cos: named('Cos'),
  Cosh: named('Cosh'),
  Elu: inFloat((g, x) => where(g, compare(g, 'GreaterOrEqual', x, like(x, 0)), x, expm1(g, x))),
  Erf: named('Erf'),
  Exp: (call) => map(call.graph, 'Exp', cast(call.graph, call.value('x'), 'float32')),
  Expm1: inFloat(expm1),
  Floor: rounding('Floor'),
  IsFinite: predicate((g, x) => compare(g, 'LessOrEqual', map(g, 'Abs', x), like(x, 3.4028234663852886e38))),
  IsInf: predicate((g, x) => g.op('IsInf', [x], 'bool', x.shape)),
  IsNan: predicate(nanMask),
  LeakyRelu: (call) => {
    const alpha = float(call.attrs<LeakyReluAttrs>().alpha);
    return map(call.graph, 'LeakyRelu', cast(call.graph, call.value('x'), 'float32'), { alpha });
  },
  Log: named('Log'),
  Log1p: inFloat(log1p),
  LogicalNot: (call) => not(call.graph, cast(call.graph, call.value('x'), 'bool')),
  Neg: neg,
  Reciprocal: named('Reciprocal'),
  Relu: (call) => {
    const x = call.value('x');
    return map(call.graph, 'Relu', x.type === 'bool' ? cast(call.graph, x, 'int32') : x);
  },
  Relu6: inFloat((g, x) => g.op('Clip', [x, like(x, 0), like(x, 6)], x.type, x.shape)),
  Round: rounding('Round'),
  Rsqrt: inFloat((g, x) => map(g, 'Reciprocal', map(g, 'Sqrt', x))),
  Selu: inFloat((g, x) => {
    const scale = like(x, 1.0507009873554805);
    const negative = mul(g, expm1(g, x), like(x, 1.7580993408473768));
    return where(g, compare(g, 'GreaterOrEqual', x, like(x, 0)), mul(g, x, scale), negative);
  }),
  Sigmoid: named('Sigmoid'),
  Sign: sign,
  Sin: named('Sin'),
  Sinh: named('Sinh'),
  Softplus: inFloat((g, x) => {
    const tail = log1p(g, map(g, 'Exp', map(g, 'Neg', map(g, 'Abs', x))));
    return add(g, zip(g, 'Max', x, like(x, 0)), tail);
  }),
  Sqrt: named('Sqrt'),
  Square: square,
  Step: inFloat(step),
  Tan: named('Tan'),
  Tanh: named('Tanh'),
};
