import * as tf from '@tensorflow/tfjs-core';

/** Named parameters of a network. */
export type Params = Record<string, tf.Tensor>;

/** What the differentiated function returns: the loss, and anything else worth keeping. */
export interface Evaluated<T extends tf.TensorContainer> {
  /** float32 []. */
  loss: tf.Tensor;
  aux: T;
}

/**
 * The loss of `f` and its gradient for every parameter the loss depends on; parameters it does not reach have none.
 * The value, the gradients and `aux` belong to the caller; everything else is disposed of.
 *
 * @throws Error if the loss is not a scalar
 */
export function valueAndGrads<T extends tf.TensorContainer>(
  f: (params: Params) => Evaluated<T>,
  params: Params,
): { value: tf.Scalar; grads: Params; aux: T } {
  const names = Object.keys(params);
  return tf.tidy(() => {
    let aux: T | undefined;
    const forward = () => {
      const evaluated = f(params);
      if (evaluated.loss.rank !== 0) {
        throw new Error(`loss: got shape [${evaluated.loss.shape.join(', ')}], wanted a scalar`);
      }
      aux = evaluated.aux;
      for (const tensor of tf.tensor_util.getTensorsInContainer(aux)) tf.keep(tensor);
      return evaluated.loss as tf.Scalar;
    };
    const { value, grads } = tf.engine().gradients(
      forward,
      names.map((name) => params[name]!),
      undefined,
      true,
    );
    const reached = names.flatMap((name, i) => (grads[i] ? [[name, grads[i]] as const] : []));
    return { value: value as tf.Scalar, grads: Object.fromEntries(reached), aux: aux! as tf.TensorContainer };
  }) as { value: tf.Scalar; grads: Params; aux: T };
}
