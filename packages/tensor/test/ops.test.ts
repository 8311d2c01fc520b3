import { attention, gelu, geluLinear, l2Normalize, layerNorm, linear, softmaxCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { expectClose, expectOp, random, toTensor } from './numeric.js';
import * as reference from './reference.js';

onBackends(['cpu', 'onnxruntime'], () => {
  describe('linear', () => {
    it('multiplies every row of a tensor of any rank and adds the bias', () =>
      expectOp({
        op: ([x, w, b]) => linear(x!, w!, b!),
        reference: ([x, w, b]) => reference.linear(x!, w!, b!, 4),
        composed: ([x, w, b]) => tf.add(tf.reshape(tf.matMul(tf.reshape(x!, [6, 4]), w!), [2, 3, 5]), b!),
        inputs: [random([2, 3, 4], 'x'), random([4, 5], 'w'), random([5], 'b')],
      }));

    it('works without a bias', () =>
      expectOp({
        op: ([x, w]) => linear(x!, w!),
        reference: ([x, w]) => reference.linear(x!, w!, new Float64Array(5), 4),
        composed: ([x, w]) => tf.matMul(x!, w!),
        inputs: [random([3, 4], 'x'), random([4, 5], 'w')],
      }));

    it('names the argument that does not fit', () => {
      const [x, weight, bias] = [tf.zeros([2, 4]), tf.zeros([3, 5]), tf.zeros([4])];
      expect(() => linear(x, weight)).toThrow('weight: got shape [3, 5], wanted [4, *]');
      expect(() => linear(tf.zeros([2, 3]), weight, bias)).toThrow('bias: got shape [4], wanted [5]');
    });
  });

  describe('gelu', () => {
    it('is x · Φ(x), far into both tails', () => {
      const x = random([4, 5], 'x', 2);
      x.data.set([0, 6, -6, 12, -12]);
      return expectOp({
        op: ([x]) => gelu(x!),
        reference: ([x]) => x!.map((value) => value * reference.normalCdf(value)),
        composed: ([x]) => tf.mul(x!, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x!, Math.SQRT1_2))))),
        inputs: [x],
      });
    });
  });

  describe('geluLinear', () => {
    it('is a linear layer on gelu(x)', () =>
      expectOp({
        op: ([x, weight, bias]) => geluLinear(x!, weight!, bias!),
        reference: ([x, weight, bias]) =>
          reference.linear(
            x!.map((value) => value * reference.normalCdf(value)),
            weight!,
            bias!,
            4,
          ),
        composed: ([x, weight, bias]) => linear(gelu(x!), weight!, bias!),
        inputs: [random([2, 3, 4], 'x'), random([4, 5], 'weight'), random([5], 'bias')],
      }));

    it('names the argument that does not fit', () => {
      const [x, weight, bias] = [tf.zeros([2, 4]), tf.zeros([3, 5]), tf.zeros([4])];
      expect(() => geluLinear(x, weight, bias)).toThrow('weight: got shape [3, 5], wanted [4, *]');
      expect(() => geluLinear(tf.zeros([2, 3]), weight, bias)).toThrow('bias: got shape [4], wanted [5]');
    });
  });

  describe('layerNorm', () => {
    it('normalises the last axis by its biased variance', () =>
      expectOp({
        op: ([x, gamma, beta]) => layerNorm(x!, gamma!, beta!),
        reference: ([x, gamma, beta]) => reference.layerNorm(x!, gamma!, beta!, 1e-6),
        composed: ([x, gamma, beta]) => {
          const { mean, variance } = tf.moments(x!, -1, true);
          const normalized = tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-6)));
          return tf.add(tf.mul(normalized, gamma!), beta!);
        },
        inputs: [random([2, 3, 6], 'x', 3), random([6], 'gamma'), random([6], 'beta')],
      }));

    it('gives β where all entries of a row are equal', async () => {
      const [x, gamma, beta] = [tf.fill([1, 4], 3), tf.fill([4], 2), tf.tensor1d([1, 2, 3, 4])];
      await expectClose(layerNorm(x, gamma, beta), [1, 2, 3, 4], 1e-6);
    });

    it('names the argument that does not fit', () => {
      expect(() => layerNorm(tf.zeros([2, 4]), tf.zeros([3]), tf.zeros([4]))).toThrow(
        'gamma: got shape [3], wanted [4]',
      );
    });
  });

  describe('l2Normalize', () => {
    it('scales vectors to length 1', () =>
      expectOp({
        op: ([x]) => l2Normalize(x!),
        reference: ([x]) => reference.l2Normalize(x!, 5),
        composed: ([x]) => tf.div(x!, tf.sqrt(tf.sum(tf.square(x!), -1, true))),
        inputs: [random([2, 3, 5], 'x')],
      }));

    it('divides by ε whatever is shorter, with the gradient of a division by a constant', () =>
      expectOp({
        op: ([x]) => l2Normalize(x!, 10),
        reference: ([x]) => x!.map((value) => value / 10),
        composed: ([x]) => tf.div(x!, 10),
        inputs: [random([2, 3], 'x')],
      }));

    it('leaves a zero vector zero, with a finite gradient', async () => {
      const x = tf.zeros([1, 3]);
      await expectClose(l2Normalize(x, 0.5), [0, 0, 0], 0);
      await expectClose(tf.grad((x) => l2Normalize(x, 0.5))(x), [2, 2, 2], 1e-6);
    });
  });

  describe('attention', () => {
    const inputs = [random([2, 2, 3, 4], 'q', 2), random([2, 2, 5, 4], 'k', 2), random([2, 2, 5, 3], 'v')];

    it('averages the values by the softmax of scaled products', () =>
      expectOp({
        op: ([q, k, v]) => attention(q!, k!, v!, 0.5),
        reference: ([q, k, v]) => reference.attention(q!, k!, v!, { queries: 3, keys: 5, dim: 4, valueDim: 3 }, 0.5),
        composed: ([q, k, v]) => tf.matMul(tf.softmax(tf.mul(tf.matMul(q!, k!, false, true), 0.5)), v!),
        inputs,
      }));

    it('stays finite for products far beyond the range of exp', async () => {
      const q = tf.tensor4d([100, 0], [1, 1, 1, 2]);
      const k = tf.tensor4d([100, 0, -100, 0], [1, 1, 2, 2]);
      await expectClose(attention(q, k, tf.tensor4d([1, 2], [1, 1, 2, 1]), 1), [1], 1e-6);
    });

    it('names the argument that does not fit', () => {
      const q = tf.zeros([1, 1, 3, 4]);
      expect(() => attention(q, tf.zeros([1, 1, 3, 5]), q, 1)).toThrow('k: got shape [1, 1, 3, 5]');
      expect(() => attention(q, q, tf.zeros([1, 1, 2, 4]), 1)).toThrow('v: got shape [1, 1, 2, 4]');
    });
  });

  describe('softmaxCrossEntropy', () => {
    // Targets that sum to 0.7, 1 and 0: padding rows carry no mass.
    const targets = Float64Array.from([0.3, 0.4, 0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]);

    it('is −Σ t log softmax(l) per row, also where the targets do not sum to 1', async () => {
      const t = toTensor({ shape: [3, 4], data: targets });
      await expectOp({
        op: ([logits]) => softmaxCrossEntropy(logits!, t),
        reference: ([logits]) => reference.softmaxCrossEntropy(logits!, targets, 4),
        composed: ([logits]) => tf.neg(tf.sum(tf.mul(t, tf.logSoftmax(logits!)), -1)),
        inputs: [random([3, 4], 'logits', 3)],
      });
    });

    it('gives the targets no gradient', () => {
      const [logits, t] = [tf.zeros([1, 2]), tf.tensor2d([[0.5, 0.5]])];
      expect(() => tf.grad((t) => softmaxCrossEntropy(logits, t))(t)).toThrow();
    });

    it('stays finite for huge logits', async () => {
      await expectClose(softmaxCrossEntropy(tf.tensor2d([[1e4, 0]]), tf.tensor2d([[0, 1]])), [1e4], 1e-6);
    });

    it('names the argument that does not fit', () => {
      expect(() => softmaxCrossEntropy(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(
        'targets: got shape [2, 4], wanted [2, 3]',
      );
    });
  });
});
