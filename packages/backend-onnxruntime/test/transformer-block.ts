import { attention, gelu, layerNorm, linear } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { values } from './backend.js';

const [batch, tokens, dim, heads] = [2, 7, 24, 3];

function block(x: tf.Tensor, w: readonly tf.Tensor[]): tf.Tensor {
  const qkv = tf.reshape(linear(layerNorm(x, w[0]!, w[1]!), w[2]!, w[3]!), [batch, tokens, 3, heads, dim / heads]);
  const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const mixed = tf.transpose(attention(q, k, v, (dim / heads) ** -0.5), [0, 2, 1, 3]);
  const y = tf.add(x, linear(tf.reshape(mixed, [batch, tokens, dim]), w[4]!));
  return tf.add(y, linear(gelu(linear(y, w[5]!)), w[6]!));
}

/** Loss and gradients of a small pre-norm transformer block, from fixed values. */
export function lossAndGradients(): tf.Tensor[] {
  const shapes = [[dim], [dim], [dim, 3 * dim], [3 * dim], [dim, dim], [dim, 4 * dim], [4 * dim, dim]];
  const x = values([batch, tokens, dim]);
  const weights = shapes.map((shape, i) => tf.mul(values(shape, i + 2), 0.3));
  const loss = (...w: tf.Tensor[]) => tf.mean(tf.square(block(x, w))) as tf.Scalar;
  const { value, grads } = tf.valueAndGrads(loss)(weights);
  return [value, ...grads];
}
