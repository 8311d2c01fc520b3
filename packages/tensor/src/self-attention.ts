import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { runFused } from './fused-kernel.js';
import { type Layer, linear } from './linear.js';
import { softmaxGradient } from './softmax-gradient.js';

/** The layer that makes q, k and v, which may have no bias. */
export type QkvLayer = Pick<Layer, 'weight'> & Partial<Layer>;

/**
 * Multi-head self-attention of tokens, up to where the heads' results stand side by side: softmax(q kᵀ / √dh) v with
 * (q, k, v) = x W + b, each of them head by head. The gradient keeps x, q, k, v and the softmax.
 *
 * @param x float32 [B, T, d]
 * @param qkv weight float32 [d, 3d], bias float32 [3d] or none
 * @param heads divides d; dh = d / heads
 * @returns float32 [B, T, d]
 * @throws Error if the shapes do not fit together
 */
export function selfAttention(x: tf.Tensor3D, qkv: QkvLayer, heads: number): tf.Tensor3D {
  return tf.tidy(() => {
    const layer = checked(x, qkv, heads);
    return inference(x, layer, heads) ?? differentiable(x, layer, heads);
  });
}

/**
 * The softmax of {@link selfAttention}. Not meant to be differentiated.
 *
 * @returns float32 [B, heads, T, T], query by key; rows sum to 1
 */
export function selfAttentionWeights(x: tf.Tensor3D, qkv: QkvLayer, heads: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [q, k] = queriesKeysValues(x, scaled(checked(x, qkv, heads), heads), heads);
    return tf.softmax(tf.matMul(q, k, false, true)) as tf.Tensor4D;
  });
}

function checked(x: tf.Tensor, { weight, bias }: QkvLayer, heads: number): Layer {
  checkShape('x', x, [null, null, null]);
  const dim = x.shape[2]!;
  if (dim % heads !== 0) throw new Error(`heads: got ${heads}, which does not divide the ${dim} features of x`);
  checkShape('weight', weight, [dim, 3 * dim]);
  if (bias) checkShape('bias', bias, [3 * dim]);
  return { weight, bias: bias ?? tf.zeros([3 * dim]) };
}

/**
 * Where no gradient can be wanted (a block that is computed again for its gradient keeps to what it computed first) and the
 * backend has one kernel for all that follows the products.
 */
function inference(x: tf.Tensor3D, { weight, bias }: Layer, heads: number): tf.Tensor3D | undefined {
  if (tf.engine().state.gradientDepth > 0 || !tf.getKernel('CriboAttention', tf.getBackend())) return undefined;
  const [q, k, v] = tf.split(weight, 3, 1).map((part) => linear(x, part)) as Three;
  const scale = (x.shape[2] / heads) ** -0.5;
  return runFused('CriboAttention', { q, k, v, bias }, { heads, scale })![0] as tf.Tensor3D;
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
type Saved = [x: tf.Tensor3D, weight: tf.Tensor, q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, weights: tf.Tensor];

function differentiable(x: tf.Tensor3D, qkv: Layer, heads: number): tf.Tensor3D {
  const [batch, length, dim] = x.shape;
  const merged = (perHead: tf.Tensor) => tf.reshape(tf.transpose(perHead, [0, 2, 1, 3]), [-1, dim]);
  const op = tf.customGrad((...args) => {
    const [x, weight, bias] = args as unknown as [tf.Tensor3D, tf.Tensor, tf.Tensor];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const [q, k, v] = queriesKeysValues(x, scaled({ weight, bias }, heads), heads);
    const weights = tf.softmax(tf.matMul(q, k, false, true));
    save([x, weight, q, k, v, weights]);
    return {
      value: merged(tf.matMul(weights, v)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, weight, q, k, v, weights] = saved as Saved;
        const dHeads = perHead(dy, batch, heads);
        const dScores = softmaxGradient(weights, tf.matMul(dHeads, v, false, true));
        const dRows = tf.concat(
          [
            merged(tf.matMul(dScores, k)),
            merged(tf.matMul(dScores, q, true, false)),
            merged(tf.matMul(weights, dHeads, true, false)),
          ],
          1,
        );
        const scales = columnScales(dim, heads);
        const rows = tf.reshape(x, [-1, dim]);
        return [
          tf.reshape(tf.matMul(dRows, tf.mul(weight, scales), false, true), x.shape),
          tf.mul(tf.matMul(rows, dRows, true, false), scales),
          tf.mul(tf.sum(dRows, 0), scales),
        ];
      },
    };
  });
  return tf.reshape(op(x, qkv.weight, qkv.bias), [batch, length, dim]);
}

/** The layer whose q are divided by √dh: cheaper than dividing q or the scores of all tokens. */
function scaled({ weight, bias }: Layer, heads: number): Layer {
  const scales = columnScales(weight.shape[0]!, heads);
  return { weight: tf.mul(weight, scales), bias: tf.mul(bias, scales) };
}

/** 1 / √dh for the columns of q, 1 for the others: [3d]. */
const columnScales = (dim: number, heads: number) =>
  tf.concat([tf.fill([dim], (dim / heads) ** -0.5), tf.ones([2 * dim])]);

/** q, k and v [B, heads, T, dh], by three products: one of three times the width would have to be taken apart. */
function queriesKeysValues(x: tf.Tensor3D, { weight, bias }: Layer, heads: number): Three {
  const biases = tf.split(bias, 3);
  return tf.split(weight, 3, 1).map((part, i) => perHead(linear(x, part, biases[i]!), x.shape[0], heads)) as Three;
}

/** [B, T, d] or [B·T, d] as [B, heads, T, dh]. */
function perHead(x: tf.Tensor, batch: number, heads: number): tf.Tensor {
  return tf.transpose(tf.reshape(x, [batch, -1, heads, x.shape.at(-1)! / heads]), [0, 2, 1, 3]);
}
