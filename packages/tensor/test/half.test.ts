import {
  fromHalfBits,
  fromHost,
  Generator,
  halfFromBits,
  lazyHalf,
  readSafetensors,
  storesHalf,
  toHalf,
  toHalfBits,
  writeSafetensors,
} from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';

/** The nearest half by arithmetic: a multiple of the step that halves of that size have, even where two are as near. */
function nearestHalf(x: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
  const step = 2 ** (exponent - 10);
  const below = Math.floor(Math.abs(x) / step);
  const rest = Math.abs(x) / step - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  return Math.sign(x) * Math.min(65504, (below + (up ? 1 : 0)) * step);
}

/** Numbers of all sizes, and those at which rounding changes its mind. */
function samples(): Float32Array {
  const rng = Generator.fromSeed('halves');
  const random = Array.from({ length: 4000 }, () => rng.normal() * 2 ** (rng.int(50) - 30));
  const ties = Array.from({ length: 2000 }, () => (rng.int(4096) - 2047.5) * 2 ** (rng.int(29) - 24));
  const edges = [
    1,
    2049,
    2051,
    65504,
    65519.996,
    65520,
    1e6,
    3.4e38,
    2 ** -14,
    2 ** -24,
    2 ** -25,
    2 ** -25 + 2 ** -48,
  ];
  return Float32Array.from([...random, ...ties, ...edges, ...edges.map((x) => -x)]);
}

describe('numbers in half precision', () => {
  it('are as they were after going there and back', () => {
    const finite = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(toHalfBits(fromHalfBits(finite))).toEqual(finite);
    expect([...fromHalfBits(Uint16Array.of(0x3c00, 0xc100, 0x7bff, 1))]).toEqual([1, -2.5, 65504, 2 ** -24]);
  });

  it('are the nearest ones, and the even one of two as near', () => {
    const values = samples();
    expect([...fromHalfBits(toHalfBits(values))]).toEqual(Array.from(values, nearestHalf));
  });

  it('are never infinite: what is too large becomes the largest; NaN stays NaN, zero keeps its sign', () => {
    const odd = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 70000, Number.NaN, -0, 1e-30);
    expect([...fromHalfBits(toHalfBits(odd))]).toEqual([65504, -65504, 65504, Number.NaN, -0, 0]);
  });
});

onBackends(['onnxruntime'], () => {
  it('toHalf gives the numbers that toHalfBits gives', async () => {
    const values = Float32Array.of(...samples(), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -0);
    const x = tf.tensor1d(values);
    const half = toHalf(x);
    expect(half.dtype).toBe('float32');
    expect(await half.data()).toEqual(fromHalfBits(toHalfBits(values)));
    tf.dispose([x, half]);
  });

  it('tensors in half precision go to a safetensors file as F16, and come back without loss', async () => {
    const x = tf.tensor2d([1, -2.5, 3e-7, 1000.3], [2, 2]);
    const half = toHalf(x);
    const { dtype, shape, read } = lazyHalf(half);
    const saved = readSafetensors(writeSafetensors({ x: { dtype, shape, data: await read() } })).tensors.get('x')!;
    expect(saved).toMatchObject({ dtype: 'F16', shape: [2, 2] });
    const again = halfFromBits(saved.data as Uint16Array, saved.shape);
    const plain = fromHost(saved);
    expect(await again.data()).toEqual(await half.data());
    expect(await plain.data()).toEqual(await half.data());
    tf.dispose([x, half, again, plain]);
  });

  it('halfFromBits asks for as many numbers as the shape has', () => {
    expect(() => halfFromBits(new Uint16Array(5), [2, 3])).toThrow('got 5 numbers for a tensor of shape [2,3]');
  });
});

onBackends(['cpu'], () => {
  it('a backend without half precision says so', () => {
    expect(storesHalf()).toBe(false);
    expect(() => toHalf(tf.scalar(1))).toThrow('cpu does not store tensors in half precision');
    expect(() => halfFromBits(Uint16Array.of(1), [1])).toThrow('cpu does not store tensors in half precision');
  });
});
