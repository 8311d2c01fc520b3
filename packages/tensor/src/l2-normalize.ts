import * as tf from '@tensorflow/tfjs-core';

/**
 * Scales vectors to unit length: x / max(‖x‖₂, ε) along the last axis. Differentiable; the gradient is
 * (dy − y ⟨y, dy⟩) / max(‖x‖₂, ε) where the norm exceeds ε, and dy / ε elsewhere.
 *
 * @param x float32 […, d]
 * @returns float32 […, d]
 */
export function l2Normalize(x: tf.Tensor, epsilon = 1e-12): tf.Tensor {
  const normalize = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const norm = tf.sqrt(tf.sum(tf.square(x), -1, true));
    const scale = tf.maximum(norm, epsilon);
    const value = tf.div(x, scale);
    (save as (tensors: tf.Tensor[]) => void)([value, norm]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, norm] = saved as [tf.Tensor, tf.Tensor];
        const moving = tf.cast(tf.greater(norm, epsilon), 'float32');
        const along = tf.mul(tf.sum(tf.mul(y, dy), -1, true), moving);
        return tf.div(tf.sub(dy, tf.mul(y, along)), tf.maximum(norm, epsilon));
      },
    };
  });
  return normalize(x);
}
