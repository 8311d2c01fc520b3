import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { softmaxGradient } from './softmax-gradient.js';

/**
 * Scaled dot-product attention: softmax(scale · q kᵀ) v. The gradient keeps the softmax and nothing else of its size.
 *
 * @param q float32 [B, heads, N, dh]
 * @param k float32 [B, heads, M, dh]
 * @param v float32 [B, heads, M, dh]
 * @returns float32 [B, heads, N, dh]
 * @throws Error if the shapes do not fit together
 */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, scale: number): tf.Tensor {
  const [batch, heads, , dim] = q.shape as [number, number, number, number];
  checkShape('k', k, [batch, heads, null, dim]);
  checkShape('v', v, [batch, heads, k.shape[2]!, null]);
  const op = tf.customGrad((...args) => {
    const [q, k, v] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const scaled = tf.mul(q, scale);
    const weights = tf.softmax(tf.matMul(scaled, k, false, true));
    save([scaled, k, v, weights]);
    return {
      value: tf.matMul(weights, v),
      gradFunc(dy: tf.Tensor, saved: tf.Tensor[]) {
        const [scaled, k, v, weights] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const dScores = softmaxGradient(weights, tf.matMul(dy, v, false, true));
        return [
          tf.mul(tf.matMul(dScores, k), scale),
          tf.matMul(dScores, scaled, true, false),
          tf.matMul(weights, dy, true, false),
        ];
      },
    };
  });
  return op(q, k, v);
}
