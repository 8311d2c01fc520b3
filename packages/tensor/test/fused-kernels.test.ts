import { attention, gelu, geluLinear, layerNorm, linear, mlp, selfAttention } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { random, toTensor } from './numeric.js';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

const names = (calls: { mock: { calls: unknown[][] } }) =>
  calls.mock.calls.map(([name]) => name as string).filter((name) => !/Reshape|Identity/.test(name));

/** The kernels that run where no gradient is wanted. */
function inferenceKernelsOf(op: Op, shapes: number[][]): string[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => toTensor(random(shape, `input ${i}`)));
    const calls = vi.spyOn(tf.engine(), 'runKernel');
    op(...inputs);
    return names(calls);
  });
}

/** The kernels that run forward and those that run backward; reshapes, which compute nothing, are left out. */
function kernelsOf(op: Op, shapes: number[][]): { forward: string[]; backward: string[] } {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => toTensor(random(shape, `input ${i}`)));
    const calls = vi.spyOn(tf.engine(), 'runKernel');
    const count = tf.tidy(() => {
      op(...inputs);
      return names(calls).length;
    });
    calls.mockClear();
    const dy = tf.tidy(() => tf.onesLike(op(...inputs)));
    calls.mockClear();
    tf.grads(op)(inputs, dy);
    return { forward: names(calls).slice(0, count), backward: names(calls).slice(count) };
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

  it('mlp leaves its first bias to GELU and keeps the product without it', () => {
    const op: Op = (x, weight1, bias1, weight2, bias2) =>
      mlp(x!, { weight: weight1!, bias: bias1! }, { weight: weight2!, bias: bias2! });
    expect(kernelsOf(op, [[2, 4], [4, 5], [5], [5, 3], [3]])).toEqual({
      forward: ['BatchMatMul', 'CriboBiasGelu', '_FusedMatMul'],
      // The sum comes right before the gradient of GELU, so that both go through memory together.
      backward: ['BatchMatMul', 'Add', 'CriboGeluGrad', 'BatchMatMul', 'BatchMatMul', 'Sum', 'BatchMatMul', 'Sum'],
    });
  });

  it('selfAttention is one kernel after its products where no gradient is wanted', () => {
    const op: Op = (x, weight, bias) => selfAttention(x as tf.Tensor3D, { weight: weight!, bias: bias! }, 2);
    const shapes = [[1, 3, 4], [4, 12], [12]];
    expect(inferenceKernelsOf(op, shapes)).toEqual([
      'SplitV',
      'BatchMatMul',
      'BatchMatMul',
      'BatchMatMul',
      'CriboAttention',
    ]);
    const { forward, backward } = kernelsOf(op, shapes);
    expect([...forward, ...backward]).not.toContain('CriboAttention');
    expect(backward).toContain('CriboSoftmaxGrad');
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
