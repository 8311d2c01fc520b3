import type { Kernel, KernelTable } from './call.js';
import { add, columnSums, div, float, int, like, map, mul, reduce, sub } from './ops.js';

/*
 * Kernels beyond those of tfjs, for the layers of a vision transformer. `@cribo/tensor` calls them where a backend
 * offers them and composes tfjs ops elsewhere.
 */

const gelu: Kernel = (call) => map(call.graph, 'Gelu', call.value('x'));

/** gelu(x + bias) with a bias per column. */
const biasGelu: Kernel = (call) => {
  const x = call.value('x');
  return call.graph.microsoft('BiasGelu', [x, call.value('bias')], 'float32', x.shape);
};

/** softmax(scale q kᵀ) v of every head, where the bias is still to be added to q, k and v [B, T, d]. */
const attention: Kernel = (call) => {
  const q = call.value('q');
  const { heads, scale } = call.attrs<{ heads: number; scale: number }>();
  const inputs = [q, call.value('k'), call.value('v'), call.value('bias')];
  const attributes = { num_heads: int(heads), scale: float(scale) };
  return call.graph.microsoft('MultiHeadAttention', inputs, 'float32', q.shape, attributes);
};

/** dy (Φ(x) + x φ(x)) with the normal distribution Φ and its density φ; and x Φ(x), the layer's result once more. */
const geluGrad: Kernel = (call) => {
  const g = call.graph;
  const [x, dy] = [call.value('x'), call.value('dy')];
  const u = mul(g, x, like(x, Math.SQRT1_2));
  const cdf = add(g, mul(g, map(g, 'Erf', u), like(x, 0.5)), like(x, 0.5));
  // x φ(x) = u exp(-u²) / √π. Divided by exp(u²), which saves a pass and is 0 where that is infinite.
  const slope = mul(g, div(g, u, map(g, 'Exp', mul(g, u, u))), like(x, 1 / Math.sqrt(Math.PI)));
  return [mul(g, dy, add(g, cdf, slope)), mul(g, x, cdf)];
};

/** Layer normalisation over the last axis: the result, and per row the mean and 1 / deviation for the gradient. */
const layerNorm: Kernel = (call) => {
  const x = call.value('x');
  const rows = [...x.shape.slice(0, -1), 1];
  return call.graph.append(
    'LayerNormalization',
    '',
    [x, call.value('gamma'), call.value('beta')],
    [
      { type: 'float32', shape: x.shape },
      { type: 'float32', shape: rows },
      { type: 'float32', shape: rows },
    ],
    { axis: int(-1), epsilon: float(call.attrs<{ epsilon: number }>().epsilon) },
  );
};

/** Closed form with x̂ = (x - mean) invStd and q = dy γ: dx = invStd (q - mean(q) - x̂ mean(q x̂)). */
const layerNormGrad: Kernel = (call) => {
  const g = call.graph;
  const dy = call.value('dy');
  const invStd = call.value('invStd');
  const last = [dy.shape.length - 1];
  const normalised = mul(g, sub(g, call.value('x'), call.value('mean')), invStd);
  const q = mul(g, dy, call.value('gamma'));
  const product = mul(g, dy, normalised);
  const meanQ = reduce(g, 'ReduceMean', q, last, true);
  const meanQx = reduce(g, 'ReduceMean', mul(g, q, normalised), last, true);
  const dx = mul(g, invStd, sub(g, sub(g, q, meanQ), mul(g, normalised, meanQx)));
  return [dx, columnSums(g, product), columnSums(g, dy)];
};

/** y (dy - sum(y dy)) over the last axis. */
const softmaxGrad: Kernel = (call) => {
  const g = call.graph;
  const y = call.value('y');
  const product = mul(g, y, call.value('dy'));
  const sum = reduce(g, 'ReduceSum', product, [y.shape.length - 1], true);
  return sub(g, product, mul(g, y, sum));
};

/** The same elements; a large graph is cut here. A tensor of its own: to the tape an op from x to x would be a loop. */
const partBoundary: Kernel = (call) => {
  call.graph.markBoundary();
  const x = call.tensor('x');
  return call.alias(x, x.shape);
};

/** Fused layers and their gradients. */
export const fusedKernels: KernelTable = {
  CriboPartBoundary: partBoundary,
  CriboGelu: gelu,
  CriboGeluGrad: geluGrad,
  CriboLayerNorm: layerNorm,
  CriboLayerNormGrad: layerNormGrad,
  CriboSoftmaxGrad: softmaxGrad,
};

/** Those that ONNX Runtime has on the CPU only. */
export const fusedHostKernels: KernelTable = { CriboAttention: attention, CriboBiasGelu: biasGelu };
