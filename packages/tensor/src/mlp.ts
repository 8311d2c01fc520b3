import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { runFused } from './fused-kernel.js';
import { gelu, geluBackward } from './gelu.js';
import { type Layer, linear } from './linear.js';

/**
 * The MLP of a transformer block, gelu(x W₁ + b₁) W₂ + b₂. For the backward pass it keeps x and the hidden layer before GELU;
 * what comes after, as large once more, is computed again there, where its parts are needed anyway. Same values and gradients
 * as `linear(gelu(linear(x, …first)), …second)`.
 *
 * @param x float32 […, in]
 * @param first weight float32 [in, hidden], bias float32 [hidden]
 * @param second weight float32 [hidden, out], bias float32 [out]
 * @returns float32 […, out]
 * @throws Error if a weight or bias does not fit
 */
export function mlp(x: tf.Tensor, first: Layer, second: Layer): tf.Tensor {
  const inputs = x.shape.at(-1)!;
  checkShape('first weight', first.weight, [inputs, null]);
  const width = first.weight.shape[1]!;
  checkShape('first bias', first.bias, [width]);
  checkShape('second weight', second.weight, [width, null]);
  const outputs = second.weight.shape[1]!;
  checkShape('second bias', second.bias, [outputs]);
  const op = tf.customGrad((...args) => {
    const [rows, weight1, bias1, weight2, bias2] = args as unknown as tf.Tensor[] as FiveTensors;
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const { product, biased, value } = biasedGelu(rows, weight1, bias1);
    save([rows, weight1, bias1, weight2, product]);
    return {
      value: linear(value, weight2, bias2),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [rows, weight1, bias1, weight2, product] = saved as FiveTensors;
        const dValue = tf.matMul(dy, weight2, false, true);
        const hidden = biased ? product : tf.add(product, bias1);
        const { value, dx: dHidden } = geluBackward(hidden, dValue);
        return [
          tf.matMul(dHidden, weight1, false, true),
          tf.matMul(rows, dHidden, true, false),
          tf.sum(dHidden, 0),
          tf.matMul(value, dy, true, false),
          tf.sum(dy, 0),
        ];
      },
    };
  });
  return tf.tidy(() => {
    const y = op(tf.reshape(x, [-1, inputs]), first.weight, first.bias, second.weight, second.bias);
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
}

type FiveTensors = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** gelu(x W + b), and the product with or without b: where a kernel adds b on its way, writing b into it first costs more. */
function biasedGelu(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) {
  if (tf.getKernel('CriboBiasGelu', tf.getBackend())) {
    const product = tf.matMul(x, weight);
    return { product, biased: false, value: runFused('CriboBiasGelu', { x: product, bias })![0]! };
  }
  const product = linear(x, weight, bias);
  return { product, biased: true, value: gelu(product) };
}
