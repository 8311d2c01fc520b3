import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { gelu, geluBackward } from './gelu.js';
import { linear } from './linear.js';

/**
 * gelu(x) W + b, the second half of a transformer's MLP, keeping x alone for the backward pass: gelu(x), as large as x, is
 * computed again there, where its parts are needed anyway. Same values and gradients as `linear(gelu(x), weight, bias)`.
 *
 * @param x float32 […, in]
 * @param weight float32 [in, out]
 * @param bias float32 [out]
 * @returns float32 […, out]
 * @throws Error if weight or bias does not fit
 */
export function geluLinear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const inputs = x.shape.at(-1)!;
  checkShape('weight', weight, [inputs, null]);
  const outputs = weight.shape[1]!;
  checkShape('bias', bias, [outputs]);
  const op = tf.customGrad((...args) => {
    const [x, weight, bias] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    save([x, weight]);
    return {
      value: linear(gelu(x), weight, bias),
      gradFunc: (dy: tf.Tensor, [x, weight]: tf.Tensor[]) => {
        const dRows = tf.reshape(dy, [-1, outputs]);
        const dHidden = tf.reshape(tf.matMul(dRows, weight!, false, true), x!.shape);
        const { value, dx } = geluBackward(x!, dHidden);
        return [dx, tf.matMul(tf.reshape(value, [-1, inputs]), dRows, true, false), tf.sum(dRows, 0)];
      },
    };
  });
  return op(x, weight, bias);
}
