import { gelu, linear, mlp, selfAttention, selfAttentionWeights } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { expectClose, expectOp, random, toTensor } from './numeric.js';
import * as reference from './reference.js';

const [batch, length, dim, heads] = [2, 5, 6, 2];

/** q, k or v [B, heads, T, dh] of rows [B, T, 3d] of a layer's output. */
function perHead(rows: Float64Array, which: number): Float64Array {
  const headDim = dim / heads;
  return Float64Array.from({ length: batch * length * dim }, (_, i) => {
    const [column, token, head, image] = [
      i % headDim,
      Math.floor(i / headDim) % length,
      Math.floor(i / (headDim * length)) % heads,
      Math.floor(i / (headDim * length * heads)),
    ];
    return rows[(image * length + token) * 3 * dim + which * dim + head * headDim + column]!;
  });
}

/** [B, heads, T, dh] as [B, T, d]. */
function merged(perHead: Float64Array): Float64Array {
  const headDim = dim / heads;
  return Float64Array.from({ length: batch * length * dim }, (_, i) => {
    const [feature, token, image] = [i % dim, Math.floor(i / dim) % length, Math.floor(i / (dim * length))];
    const head = Math.floor(feature / headDim);
    return perHead[((image * heads + head) * length + token) * headDim + (feature % headDim)]!;
  });
}

function referenceAttention(x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const rows = reference.linear(x, weight, bias, dim);
  const [q, k, v] = [0, 1, 2].map((which) => perHead(rows, which)) as [Float64Array, Float64Array, Float64Array];
  const headDim = dim / heads;
  const sizes = { queries: length, keys: length, dim: headDim, valueDim: headDim };
  return merged(reference.attention(q, k, v, sizes, headDim ** -0.5));
}

/** Composed as in the reference, with one product for q, k and v. */
function composedAttention(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(linear(x, weight, bias), [batch, length, 3, heads, dim / heads]);
  const [q, k, v] = tf.unstack(tf.transpose(rows, [2, 0, 3, 1, 4])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), (dim / heads) ** -0.5));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch, length, dim]);
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('mlp', () => {
    const inputs = [
      random([2, 3, 4], 'x'),
      random([4, 6], 'weight1'),
      random([6], 'bias1'),
      random([6, 5], 'weight2'),
      random([5], 'bias2'),
    ];
    type Five<T> = [T, T, T, T, T];

    it('is two linear layers with GELU between', () =>
      expectOp({
        op: (tensors) => {
          const [x, weight1, bias1, weight2, bias2] = tensors as Five<tf.Tensor>;
          return mlp(x, { weight: weight1, bias: bias1 }, { weight: weight2, bias: bias2 });
        },
        reference: (arrays) => {
          const [x, weight1, bias1, weight2, bias2] = arrays as Five<Float64Array>;
          const hidden = reference.linear(x, weight1, bias1, 4).map((value) => value * reference.normalCdf(value));
          return reference.linear(hidden, weight2, bias2, 6);
        },
        composed: (tensors) => {
          const [x, weight1, bias1, weight2, bias2] = tensors as Five<tf.Tensor>;
          return linear(gelu(linear(x, weight1, bias1)), weight2, bias2);
        },
        inputs,
      }));

    it('names the argument that does not fit', () => {
      const layer = (inputs: number, outputs: number, biases = outputs) => ({
        weight: tf.zeros([inputs, outputs]),
        bias: tf.zeros([biases]),
      });
      const x = tf.zeros([2, 4]);
      expect(() => mlp(x, layer(3, 6), layer(6, 5))).toThrow('first weight: got shape [3, 6], wanted [4, *]');
      expect(() => mlp(x, layer(4, 6, 5), layer(6, 5))).toThrow('first bias: got shape [5], wanted [6]');
      expect(() => mlp(x, layer(4, 6), layer(5, 5))).toThrow('second weight: got shape [5, 5], wanted [6, *]');
      expect(() => mlp(x, layer(4, 6), layer(6, 5, 1))).toThrow('second bias: got shape [1], wanted [5]');
    });
  });

  describe('selfAttention', () => {
    const [x, weight, bias] = [random([batch, length, dim], 'x'), random([dim, 3 * dim], 'w'), random([3 * dim], 'b')];

    it('is attention among the tokens of every image, head by head', () =>
      expectOp({
        op: ([x, weight, bias]) => selfAttention(x as tf.Tensor3D, { weight: weight!, bias: bias! }, heads),
        reference: ([x, weight, bias]) => referenceAttention(x!, weight!, bias!),
        composed: ([x, weight, bias]) => composedAttention(x!, weight!, bias!),
        inputs: [x, weight, bias],
      }));

    it('works without a bias', () =>
      expectOp({
        op: ([x, weight]) => selfAttention(x as tf.Tensor3D, { weight: weight! }, heads),
        reference: ([x, weight]) => referenceAttention(x!, weight!, new Float64Array(3 * dim)),
        composed: ([x, weight]) => composedAttention(x!, weight!, tf.zeros([3 * dim])),
        inputs: [x, weight],
      }));

    it('gives its weights, which sum to 1 and reproduce its output', async () => {
      const tokens = toTensor(x) as tf.Tensor3D;
      const layer = { weight: toTensor(weight), bias: toTensor(bias) };
      const weights = selfAttentionWeights(tokens, layer, heads);
      await expectClose(tf.sum(weights, -1), new Array(batch * heads * length).fill(1), 1e-6);
      const rows = reference.linear(x.data, weight.data, bias.data, dim);
      const v = tf.tensor(Float32Array.from(perHead(rows, 2)), [batch, heads, length, dim / heads]);
      const output = merged(Float64Array.from(await tf.matMul(weights, v).data()));
      await expectClose(selfAttention(tokens, layer, heads), output, 1e-6);
    });

    it('names the argument that does not fit', () => {
      const tokens = tf.zeros<tf.Rank.R3>([1, 2, 6]);
      const layer = (inputs: number, outputs: number, biases = outputs) => ({
        weight: tf.zeros([inputs, outputs]),
        bias: tf.zeros([biases]),
      });
      expect(() => selfAttention(tokens, layer(6, 18), 4)).toThrow(
        'heads: got 4, which does not divide the 6 features',
      );
      expect(() => selfAttention(tokens, layer(6, 12), 2)).toThrow('weight: got shape [6, 12], wanted [6, 18]');
      expect(() => selfAttentionWeights(tokens, layer(6, 18, 6), 2)).toThrow('bias: got shape [6], wanted [18]');
    });
  });
});
