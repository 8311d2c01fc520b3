import { util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../value.js';
import type { Kernel, KernelTable } from './call.js';
import { cast, like } from './ops.js';

/*
 * Kernels that store float32 tensors in half precision, which tfjs has no dtype for. What they return counts as float32;
 * other kernels widen it where they compute (KernelCall.value) and keep it where they only move elements.
 */

/** The largest number of half precision; Cast makes infinity of whatever lies beyond. */
const LARGEST = 65504;

/** Rounds to nearest even, after cutting off at ±65504. NaN stays NaN. */
const half: Kernel = (call) => {
  const stored = call.stored('x');
  if (stored.type === 'float16') return call.alias(call.tensor('x'), stored.shape);
  const x = cast(call.graph, stored, 'float32');
  const clipped = call.graph.op('Clip', [x, like(x, -LARGEST), like(x, LARGEST)], 'float32', x.shape);
  return cast(call.graph, clipped, 'float16');
};

/** An array on the host, so that graphs need not compute it. */
const halfFromBits: Kernel = (call) => {
  const { bits, shape } = call.attrs<{ bits: Uint16Array; shape: number[] }>();
  util.assert(bits.length === sizeOf(shape), () => `got ${bits.length} numbers for a tensor of shape [${shape}]`);
  return call.graph.host(bits.slice(), 'float16', shape);
};

export const halfKernels: KernelTable = { CriboHalf: half, CriboHalfFromBits: halfFromBits };
