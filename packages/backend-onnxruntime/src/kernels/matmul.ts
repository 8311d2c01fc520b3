import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import { activate } from './activation.js';
import type { Kernel, KernelTable } from './call.js';
import { add, filled, int, string, transpose } from './ops.js';

function swapLast(g: Graph, x: Value): Value {
  const perm = x.shape.map((_, i) => i);
  const rank = perm.length;
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return transpose(g, x, perm);
}

/** [1, …, 1, m, n] as [m, n], for which ONNX Runtime has the shortest path. */
function withoutBatch(g: Graph, x: Value): Value {
  const isBatched = x.shape.length > 2 && x.shape.slice(0, -2).every((extent) => extent === 1);
  return isBatched ? g.reshape(x, x.shape.slice(-2)) : x;
}

function checkShapes(a: readonly number[], b: readonly number[], transposeA: boolean, transposeB: boolean): void {
  util.assert(
    a.length >= 2 && b.length >= 2,
    () => `Error in matMul: inputs must have at least rank 2, got shapes [${a}] and [${b}].`,
  );
  util.assert(
    a.at(transposeA ? -2 : -1) === b.at(transposeB ? -1 : -2),
    () =>
      `Error in matMul: inner shapes of [${a}] and [${b}] with transposeA=${transposeA} and ` +
      `transposeB=${transposeB} must match.`,
  );
}

/** Matrices with fewer elements than this are cheap whatever their order is. */
const LARGE = 2 ** 16;

/**
 * aᵀ b of matrices [k, m] and [k, n], as a gradient of weights is. ONNX Runtime turns the left matrix over again for every few
 * columns of the right one; doing so once takes a tenth off. The smaller of the two is turned over, which gives the
 * transpose of the result if that is b.
 */
function transposedProduct(g: Graph, a: Value, b: Value): Value {
  const product = (left: Value, right: Value) =>
    g.op('MatMul', [swapLast(g, left), right], 'float32', [left.shape[1]!, right.shape[1]!]);
  return a.shape[1]! <= b.shape[1]! ? product(a, b) : swapLast(g, product(b, a));
}

/** Matrix product over the last two axes; the axes before them are broadcast. */
export function matMul(g: Graph, a: Value, b: Value, transposeA: boolean, transposeB: boolean, bias?: Value): Value {
  checkShapes(a.shape, b.shape, transposeA, transposeB);
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const inner = a.shape.at(transposeA ? -2 : -1)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const batch = backend_util.assertAndGetBroadcastShape([...a.shape.slice(0, -2)], [...b.shape.slice(0, -2)]);
  const shape = [...batch, rows, columns];
  if (inner === 0) return filled(g, a.type as 'float32', shape, 0);
  if (a.type !== 'float32') {
    const left = transposeA ? swapLast(g, a) : a;
    const right = transposeB ? swapLast(g, b) : b;
    return g.op('MatMul', [left, right], a.type, shape);
  }
  let left = withoutBatch(g, a);
  const right = withoutBatch(g, b);
  if (right.shape.length === 2 && !transposeA) left = g.reshape(left, [left.size / inner, inner]);
  const attributes = { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) };
  if (left.shape.length === 2 && right.shape.length === 2) {
    if (transposeA && !transposeB && !bias && left.size >= LARGE && right.size >= LARGE)
      return g.reshape(transposedProduct(g, left, right), shape);
    const flat = [transposeA ? rows : left.shape[0]!, columns];
    const fits = bias && (bias.size === columns || bias.size === 1) && bias.shape.at(-1) === bias.size;
    const inputs = fits ? [left, right, g.reshape(bias, [bias.size])] : [left, right];
    const product = g.reshape(g.op('Gemm', inputs, 'float32', flat, attributes), shape);
    return bias && !fits ? add(g, product, bias) : product;
  }
  const product =
    transposeA || transposeB
      ? g.microsoft('FusedMatMul', [left, right], 'float32', shape, attributes)
      : g.op('MatMul', [left, right], 'float32', shape);
  return bias ? add(g, product, bias) : product;
}

const batchMatMul: Kernel = (call) => {
  const { transposeA, transposeB } = call.attrs<BatchMatMulAttrs>();
  return matMul(call.graph, call.value('a'), call.value('b'), transposeA, transposeB);
};

const fusedMatMul: Kernel = (call) => {
  const { transposeA, transposeB, activation, leakyreluAlpha } = call.attrs<_FusedMatMulAttrs>();
  const bias = call.has('bias') ? call.value('bias') : undefined;
  const product = matMul(call.graph, call.value('a'), call.value('b'), transposeA, transposeB, bias);
  const weights = call.has('preluActivationWeights') ? call.value('preluActivationWeights') : undefined;
  return activate(call.graph, product, activation, weights, leakyreluAlpha);
};

/** Sums of products by index letters, such as 'ij,jk->ik'. */
const einsum: Kernel = (call) => {
  const equation = call.attrs<EinsumAttrs>().equation.replace(/\s/g, '');
  const values = call.values();
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, values.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, call.tensors() as never);
  const [inputs, output] = equation.split('->') as [string, string];
  const extents = new Map<string, number>();
  for (const [i, letters] of inputs.split(',').entries()) {
    for (const [axis, letter] of [...letters].entries()) extents.set(letter, values[i]!.shape[axis]!);
  }
  const shape = [...output].map((letter) => extents.get(letter)!);
  return call.graph.op('Einsum', values, values[0]!.type, shape, { equation: string(equation) });
};

/** Matrix products. */
export const matmulKernels: KernelTable = { Einsum: einsum, BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
