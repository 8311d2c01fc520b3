import type { ResizeBilinearAttrs } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph.js';
import type { Value } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { matMul } from './matmul.js';
import { cast, gather } from './ops.js';

/*
 * Resizing is linear and separable: a matrix over the rows, then one over the columns. Its gradient is the product with
 * the transposed matrices. The matrices are small and fed. The nearest neighbour itself is picked, not multiplied.
 */

interface Sampling {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** Distance between samples in pixels of the input. */
function scaleOf(extent: number, size: number, alignCorners: boolean): number {
  return alignCorners && size > 1 ? (extent - 1) / (size - 1) : extent / size;
}

/** [size, extent]: the weights of the input positions in every output position. */
type Weights = (extent: number, size: number, sampling: Sampling) => Float32Array;

const bilinear: Weights = (extent, size, { alignCorners, halfPixelCenters }) => {
  const weights = new Float32Array(size * extent);
  const scale = scaleOf(extent, size, alignCorners);
  for (let i = 0; i < size; i++) {
    const position = halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(extent - 1, Math.ceil(position));
    const fraction = position - low;
    weights[i * extent + low]! += high === low ? 1 : 1 - fraction;
    if (high !== low) weights[i * extent + high]! += fraction;
  }
  return weights;
};

function nearestIndices(extent: number, size: number, { alignCorners, halfPixelCenters }: Sampling): Int32Array {
  const scale = scaleOf(extent, size, alignCorners);
  return Int32Array.from({ length: size }, (_, i) => {
    const position = halfPixelCenters ? scale * (i + 0.5) : scale * i;
    return Math.max(0, Math.min(extent - 1, alignCorners ? Math.round(position) : Math.floor(position)));
  });
}

const nearest: Weights = (extent, size, sampling) => {
  const weights = new Float32Array(size * extent);
  for (const [i, index] of nearestIndices(extent, size, sampling).entries()) weights[i * extent + index] = 1;
  return weights;
};

/** Applies one matrix [m, n] to the height and one to the width of x [B, H, W, C]; transposed for the gradient. */
function separable(g: Graph, x: Value, rows: Value, columns: Value, transposed: boolean): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const outHeight = rows.shape[transposed ? 1 : 0]!;
  const outWidth = columns.shape[transposed ? 1 : 0]!;
  const tall = matMul(g, rows, g.reshape(x, [batch, height, width * channels]), transposed, false);
  const wide = matMul(g, columns, g.reshape(tall, [batch * outHeight, width, channels]), transposed, false);
  return g.reshape(wide, [batch, outHeight, outWidth, channels]);
}

function matrices(g: Graph, weights: Weights, from: readonly number[], to: readonly number[], sampling: Sampling) {
  return [0, 1].map((i) => g.host(weights(from[i]!, to[i]!, sampling), 'float32', [to[i]!, from[i]!])) as [
    Value,
    Value,
  ];
}

const resizeBilinear: Kernel = (call) => {
  const g = call.graph;
  const x = call.value('images');
  const { size, ...sampling } = call.attrs<ResizeBilinearAttrs>();
  const [rows, columns] = matrices(g, bilinear, x.shape.slice(1, 3), size, sampling);
  return separable(g, cast(g, x, 'float32'), rows, columns, false);
};

const resizeNearest: Kernel = (call) => {
  const g = call.graph;
  const x = call.value('images');
  const { size, ...sampling } = call.attrs<ResizeBilinearAttrs>();
  const pick = (x: Value, axis: 1 | 2): Value => {
    const indices = nearestIndices(x.shape[axis]!, size[axis - 1]!, sampling);
    return gather(g, x, g.host(indices, 'int32', [indices.length]), axis);
  };
  return pick(pick(x, 1), 2);
};

function resizeGrad(weights: Weights): Kernel {
  return (call) => {
    const g = call.graph;
    const dy = call.value('dy');
    const from = call.tensor('images').shape.slice(1, 3);
    const sampling = call.attrs<ResizeBilinearAttrs>();
    const [rows, columns] = matrices(g, weights, from, dy.shape.slice(1, 3), sampling);
    return separable(g, dy, rows, columns, true);
  };
}

const flipLeftRight: Kernel = (call) => {
  const image = call.value('image');
  const width = image.shape[2]!;
  const reversed = Int32Array.from({ length: width }, (_, i) => width - 1 - i);
  return gather(call.graph, image, call.graph.host(reversed, 'int32', [width]), 2);
};

/** Resizing and its gradients, flipping. */
export const imageKernels: KernelTable = {
  FlipLeftRight: flipLeftRight,
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: resizeGrad(bilinear),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGrad(nearest),
};
