import * as tf from '@tensorflow/tfjs-core';
import { toHalfBits } from './half-numbers.js';
import type { LazyHostTensor } from './host-tensor.js';

/*
 * TensorFlow.js has no dtype for half precision. A backend may have kernels that store float32 tensors so: to every op
 * they are float32, reading them gives float32, and they take half the memory.
 */

/** Whether the current backend can store tensors in half precision. */
export function storesHalf(): boolean {
  return tf.getKernel('CriboHalf', tf.getBackend()) !== undefined;
}

/**
 * A tensor rounded to half precision and stored so, in 2 bytes per number: to the nearest half, to the even one of two as
 * near; what lies beyond ±65504, infinity included, becomes ±65504. It has no gradient.
 *
 * @param x float32, any shape
 * @throws Error if the current backend does not store half precision; see {@link storesHalf}
 */
export function toHalf(x: tf.Tensor): tf.Tensor {
  return halfKernel('CriboHalf', { x }, {});
}

/**
 * A tensor stored in half precision, of the bits that {@link toHalfBits} makes or a safetensors file has as F16.
 *
 * @throws Error if the current backend does not store half precision; see {@link storesHalf}
 */
export function halfFromBits(bits: Uint16Array, shape: number[]): tf.Tensor {
  return halfKernel('CriboHalfFromBits', {}, { bits, shape });
}

/** A float32 tensor to be read later as F16, without loss if it is stored in half precision. It must live until then. */
export function lazyHalf(tensor: tf.Tensor): LazyHostTensor {
  return {
    dtype: 'F16',
    shape: [...tensor.shape],
    read: async () => toHalfBits((await tensor.data()) as Float32Array),
  };
}

function halfKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor {
  if (!storesHalf()) throw new Error(`${tf.getBackend()} does not store tensors in half precision`);
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
}
