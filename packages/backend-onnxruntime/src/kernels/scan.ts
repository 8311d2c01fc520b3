import type { CumprodAttrs, CumsumAttrs } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import { int64, scalarOf, type Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { cast, int, like, mul, slice } from './ops.js';

const cumsum: Kernel = (call) => {
  const { axis, exclusive, reverse } = call.attrs<CumsumAttrs>();
  const value = call.value('x');
  const x = value.type === 'bool' ? cast(call.graph, value, 'int32') : value;
  if (x.shape.length === 0) return x;
  const attributes = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
  return call.graph.op('CumSum', [x, scalarOf('int32', axis)], x.type, x.shape, attributes);
};

/** x moved by `distance` along an axis, with ones moving in. */
function shifted(g: Graph, x: Value, axis: number, distance: number, reverse: boolean): Value {
  const extent = x.shape[axis]!;
  const begin = x.shape.map((_, i) => (i === axis && reverse ? Math.min(distance, extent) : 0));
  const size = x.shape.map((whole, i) => (i === axis ? Math.max(whole - distance, 0) : whole));
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[reverse ? x.shape.length + axis : axis] = distance;
  return g.op('Pad', [slice(g, x, begin, size), int64(pads), like(x, 1)], x.type, x.shape);
}

/** ONNX has no cumulative product: products over 1, 2, 4, … neighbours are combined. */
const cumprod: Kernel = (call) => {
  const g = call.graph;
  const { axis, exclusive, reverse } = call.attrs<CumprodAttrs>();
  const value = call.value('x');
  let product = value.type === 'bool' ? cast(g, value, 'int32') : value;
  if (product.shape.length === 0) return product;
  const along = axis < 0 ? product.shape.length + axis : axis;
  if (exclusive) product = shifted(g, product, along, 1, reverse);
  for (let distance = 1; distance < product.shape[along]!; distance *= 2) {
    product = mul(g, product, shifted(g, product, along, distance, reverse));
  }
  return product;
};

/** Running sums and products. */
export const scanKernels: KernelTable = { Cumprod: cumprod, Cumsum: cumsum };
