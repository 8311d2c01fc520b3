import { attention, gelu, geluLinear, layerNorm, linear } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { random, toTensor } from './numeric.js';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** The kernels that run forward and those that run backward; reshapes, which compute nothing, are left out. */
function kernelsOf(op: Op, shapes: number[][]): { forward: string[]; backward: string[] } {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => toTensor(random(shape, `input ${i}`)));
    const calls = vi.spyOn(tf.engine(), 'runKernel');
    const names = () => calls.mock.calls.map(([name]) => name).filter((name) => !/Reshape|Identity/.test(name));
    const count = tf.tidy(() => {
      op(...inputs);
      return names().length;
    });
    calls.mockClear();
    const dy = tf.tidy(() => tf.onesLike(op(...inputs)));
    calls.mockClear();
    tf.grads(op)(inputs, dy);
    return { forward: names().slice(0, count), backward: names().slice(count) };
  });
}

afterEach(() => vi.restoreAllMocks());

onBackends(['onnxruntime'], () => {
  it('gelu is one kernel each way', () => {
    expect(kernelsOf(gelu, [[2, 3]])).toEqual({ forward: ['CriboGelu'], backward: ['CriboGeluGrad'] });
  });

  it('geluLinear keeps x instead of gelu(x), which the gradient of gelu gives once more', () => {
    const op: Op = (x, weight, bias) => geluLinear(x!, weight!, bias!);
    expect(kernelsOf(op, [[2, 4], [4, 5], [5]])).toEqual({
      forward: ['CriboGelu', '_FusedMatMul'],
      backward: ['BatchMatMul', 'CriboGeluGrad', 'BatchMatMul', 'Sum'],
    });
  });

  it('layerNorm is one kernel each way', () => {
    const op: Op = (x, gamma, beta) => layerNorm(x!, gamma!, beta!);
    expect(kernelsOf(op, [[2, 3, 4], [4], [4]])).toEqual({
      forward: ['CriboLayerNorm'],
      backward: ['CriboLayerNormGrad'],
    });
  });

  it('attention takes the fused gradient of softmax', () => {
    const op: Op = (q, k, v) => attention(q!, k!, v!, 0.5);
    const { backward } = kernelsOf(op, [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect(backward.filter((name) => name !== 'BatchMatMul')).toEqual(['CriboSoftmaxGrad', 'Multiply']);
    expect(backward.filter((name) => name === 'BatchMatMul').length).toBe(4);
  });

  it('linear is one product forward, two and a sum backward', () => {
    const op: Op = (x, weight, bias) => linear(x!, weight!, bias!);
    expect(kernelsOf(op, [[2, 3, 4], [4, 5], [5]])).toEqual({
      forward: ['_FusedMatMul'],
      backward: ['BatchMatMul', 'BatchMatMul', 'Sum'],
    });
  });
});

onBackends(['cpu'], () => {
  it('ops are composed where the backend has no fused kernels', () => {
    const { forward, backward } = kernelsOf(gelu, [[2, 3]]);
    expect([...forward, ...backward].filter((name) => name.startsWith('Cribo'))).toEqual([]);
    expect(forward).toContain('Erf');
  });
});
