import {
  fromHalfBits,
  fromHost,
  type HostTensor,
  halfFromBits,
  type LazyHostTensor,
  lazyHalf,
  lazyHost,
  storesHalf,
  toHalf,
  toHalfBits,
} from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** What a bank keeps of its vectors: every bit, or half precision in half the memory. */
export type Storage = 'float32' | 'float16';

/** @throws if that is no storage, or one that the current backend does not have */
export function checkStorage(storage: Storage): void {
  if (storage !== 'float32' && storage !== 'float16') {
    throw new Error(`storage: got ${storage}, expected float32 or float16`);
  }
  if (storage === 'float16' && !storesHalf()) {
    throw new Error(`storage: got float16, expected float32: ${tf.getBackend()} does not store half precision`);
  }
}

/** Vectors as the bank keeps them. */
export const toStorage = (vectors: tf.Tensor, storage: Storage): tf.Tensor =>
  storage === 'float16' ? toHalf(vectors) : vectors;

/** The same of vectors on the host, F32 or F16, with nothing left for a graph to compute. */
export function storedFromHost(host: HostTensor, storage: Storage): tf.Tensor {
  if (storage === 'float32') return fromHost(host);
  const bits = host.dtype === 'F16' ? (host.data as Uint16Array) : toHalfBits(host.data as Float32Array);
  return halfFromBits(bits, host.shape);
}

/** The numbers that a bank keeps of these. */
export const numbersStored = (values: Float32Array, storage: Storage): Float32Array =>
  storage === 'float16' ? fromHalfBits(toHalfBits(values)) : values;

/** Stored vectors to be read later, without loss. */
export const lazyStored = (vectors: tf.Tensor, storage: Storage): LazyHostTensor =>
  storage === 'float16' ? lazyHalf(vectors) : lazyHost(vectors);
