import * as tf from '@tensorflow/tfjs-core';
import { fromHalfBits } from './half-numbers.js';

/** Element types of safetensors that these packages read and write. */
export type SafetensorsDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** A tensor in host memory, row-major. F16 and BF16 are held as their raw 16 bits. */
export interface HostTensor {
  dtype: SafetensorsDType;
  shape: number[];
  data: Float64Array | Float32Array | Uint16Array | Int32Array | Int16Array | Int8Array | Uint8Array;
}

/** A tensor whose values come to host memory when they are asked for, so that few of many need to be there at a time. */
export interface LazyHostTensor {
  dtype: SafetensorsDType;
  shape: number[];
  /** The values, row-major; to be read only. */
  read(): Promise<HostTensor['data']>;
}

/**
 * A float32, int32 or bool tensor of a backend to be read later; it must live until then.
 *
 * @throws Error if the tensor has another dtype
 */
export function lazyHost(tensor: tf.Tensor): LazyHostTensor {
  const dtype = dtypes[tensor.dtype];
  if (dtype === undefined) throw new Error(`tensor: got dtype ${tensor.dtype}, wanted float32, int32 or bool`);
  return {
    dtype,
    shape: [...tensor.shape],
    read: async () => (await tensor.data()) as HostTensor['data'],
  };
}

const dtypes: Partial<Record<tf.DataType, SafetensorsDType>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };

/**
 * Reads a float32, int32 or bool tensor back to host memory. The array is to be read only: on a backend that computes in
 * JavaScript it is the tensor's own.
 *
 * @throws Error if the tensor has another dtype
 */
export async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  const { dtype, shape, read } = lazyHost(tensor);
  return { dtype, shape, data: await read() };
}

/**
 * Makes a tensor of host data: F32, F16, BF16 and F64 become float32, I32, I16, I8 and U8 int32, BOOL bool. Some backends
 * go on using the array, so it must not change afterwards.
 */
export function fromHost({ dtype, shape, data }: HostTensor): tf.Tensor {
  switch (dtype) {
    case 'F32':
      return tf.tensor(data as Float32Array, shape, 'float32');
    case 'F64':
      return tf.tensor(Float32Array.from(data as Float64Array), shape, 'float32');
    case 'F16':
      return tf.tensor(fromHalfBits(data as Uint16Array), shape, 'float32');
    case 'BF16':
      return tf.tensor(brainToFloat(data as Uint16Array), shape, 'float32');
    case 'I32':
      return tf.tensor(data as Int32Array, shape, 'int32');
    case 'I16':
    case 'I8':
    case 'U8':
      return tf.tensor(Int32Array.from(data as Int16Array), shape, 'int32');
    case 'BOOL':
      return tf.tensor(data as Uint8Array, shape, 'bool');
  }
}

function brainToFloat(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (value) => value << 16).buffer);
}
