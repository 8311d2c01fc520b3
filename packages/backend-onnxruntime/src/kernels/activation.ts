import type { backend_util } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import { compare, float, like, map, mul, where } from './ops.js';

/** x where it is positive, slope x elsewhere; `slope` is broadcast. */
export function prelu(g: Graph, x: Value, slope: Value): Value {
  return where(g, compare(g, 'GreaterOrEqual', x, like(x, 0)), x, mul(g, x, slope));
}

/** The activation that tfjs fuses into matrix products and convolutions. */
export function activate(
  g: Graph,
  x: Value,
  activation: backend_util.Activation | undefined,
  preluWeights?: Value,
  leakyreluAlpha = 0.2,
): Value {
  switch (activation) {
    case undefined:
    case null:
    case 'linear':
      return x;
    case 'relu':
      return map(g, 'Relu', x);
    case 'relu6':
      return g.op('Clip', [x, like(x, 0), like(x, 6)], x.type, x.shape);
    case 'elu':
      return map(g, 'Elu', x);
    case 'sigmoid':
      return map(g, 'Sigmoid', x);
    case 'leakyrelu':
      return map(g, 'LeakyRelu', x, { alpha: float(leakyreluAlpha) });
    case 'prelu':
      return prelu(g, x, preluWeights!);
    default:
      throw new Error(`The onnxruntime backend does not know the fused activation '${activation as string}'.`);
  }
}
