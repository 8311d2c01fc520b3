import type { FusedBatchNormAttrs, LogSoftmaxAttrs, SoftmaxAttrs } from '@tensorflow/tfjs-core';
import { prelu } from './activation.js';
import type { Kernel, KernelTable } from './call.js';
import { add, cast, compare, div, int, like, map, mul, sub, where, zip } from './ops.js';

/** Softmax and its logarithm normalise over one axis. */
function softmax(op: string, axisOf: (attrs: unknown) => number): Kernel {
  return (call) => {
    const x = cast(call.graph, call.value('logits'), 'float32');
    if (x.shape.length === 0) return zip(call.graph, 'Sub', x, x);
    return map(call.graph, op, x, { axis: int(axisOf(call.attrs())) });
  };
}

const fusedBatchNorm: Kernel = (call) => {
  const g = call.graph;
  const { varianceEpsilon } = call.attrs<FusedBatchNormAttrs>();
  const variance = call.value('variance');
  const deviation = map(g, 'Sqrt', add(g, variance, like(variance, varianceEpsilon ?? 0.001)));
  const centred = sub(g, call.value('x'), call.value('mean'));
  const normalised = div(g, centred, deviation);
  const scaled = call.has('scale') ? mul(g, normalised, call.value('scale')) : normalised;
  return call.has('offset') ? add(g, scaled, call.value('offset')) : scaled;
};

/** dy (y + 1) where y < 0, with y = elu(x). */
const eluGrad: Kernel = (call) => {
  const g = call.graph;
  const y = call.value('y');
  const dy = call.value('dy');
  return where(g, compare(g, 'GreaterOrEqual', y, like(y, 0)), dy, mul(g, dy, add(g, y, like(y, 1))));
};

/** Kernels that normalise, and activations with more than one input. */
export const normalizationKernels: KernelTable = {
  EluGrad: eluGrad,
  FusedBatchNorm: fusedBatchNorm,
  LogSoftmax: softmax('LogSoftmax', (attrs) => (attrs as LogSoftmaxAttrs).axis),
  Prelu: (call) => prelu(call.graph, cast(call.graph, call.value('x'), 'float32'), call.value('alpha')),
  Softmax: softmax('Softmax', (attrs) => (attrs as SoftmaxAttrs).dim),
};
