import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `f(x, params)`, for whose gradient nothing is kept but `x` and `params`: the backward pass runs `f` once more and
 * differentiates that run (activation recomputation; Chen et al., 2016). Values and gradients are those of `f` itself.
 *
 * @param f depends on every parameter it is given, and draws the same numbers whenever it is called
 */
export function recomputed<T extends tf.Tensor>(f: (x: T, params: Params) => T, x: T, params: Params): T {
  const names = Object.keys(params);
  const run = ([x, ...values]: tf.Tensor[]) =>
    f(x as T, Object.fromEntries(names.map((name, i) => [name, values[i]!])));
  const op = tf.customGrad((...args) => {
    const inputs = args.slice(0, -1) as tf.Tensor[];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    save(inputs);
    return {
      value: run(inputs),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradientsWithin(() => run(saved), saved, dy),
    };
  });
  return op(x, ...Object.values(params)) as T;
}

/**
 * Gradients of `f` for `xs` in the middle of another differentiation. The engine has one tape, drops it where a backward
 * pass begins a new one, and then fails at the end of the outer pass; so it is put aside.
 */
function gradientsWithin(f: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  const outerTape = state.activeTape;
  try {
    return tf.tidy(() => tf.engine().gradients(f, xs, dy).grads);
  } finally {
    state.activeTape = outerTape;
  }
}
