import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';

/** The parameters of a linear layer. */
export interface Layer {
  /** float32 [in, out] */
  weight: tf.Tensor;
  /** float32 [out] */
  bias: tf.Tensor;
}

/**
 * A linear layer: x W + b. Gradients: dx = dy Wᵀ, dW = xᵀ dy, db = Σ dy, each one 2-D product over all rows.
 *
 * @param x float32 […, in]
 * @param weight float32 [in, out]
 * @param bias float32 [out]
 * @returns float32 […, out]
 * @throws Error if weight or bias does not fit
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const inputs = x.shape.at(-1)!;
  checkShape('weight', weight, [inputs, null]);
  const outputs = weight.shape[1]!;
  if (bias) checkShape('bias', bias, [outputs]);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, inputs]);
    const y = bias ? affine(rows, weight, bias) : tf.matMul(rows, weight);
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
}

function affine(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, weight, bias] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    save([x, weight]);
    return {
      value: multiplyAdd(x, weight, bias),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.matMul(dy, saved[1]!, false, true),
        tf.matMul(saved[0]!, dy, true, false),
        tf.sum(dy, 0),
      ],
    };
  });
  return op(x, weight, bias);
}

/** The fused kernel where the backend has it (all but plain JavaScript's reference do). */
function multiplyAdd(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  if (!tf.getKernel('_FusedMatMul', tf.getBackend())) return tf.add(tf.matMul(x, weight), bias);
  return tf.fused.matMul({ a: x as tf.Tensor2D, b: weight as tf.Tensor2D, bias });
}
