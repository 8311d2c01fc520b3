import * as tf from '@tensorflow/tfjs-core';

/**
 * The weight of a weight-normalised linear layer (Salimans & Kingma, 2016): column o is g_o · v_o / ‖v_o‖. With ĝ for the
 * gradient of the weight, dg = Σ ĝ · v / ‖v‖ and dv = g / ‖v‖ · (ĝ − v / ‖v‖ · dg): a few passes over a matrix that is the
 * largest of the network, where composing the ops takes twice as many.
 *
 * @param direction float32 [in, out]: v
 * @param gain float32 [out, 1]: g; absent, all are 1 and fixed
 * @returns float32 [in, out]
 */
export function weightNorm(direction: tf.Tensor, gain?: tf.Tensor): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [direction, gain] = args.slice(0, -1) as [tf.Tensor, tf.Tensor?];
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const inverseNorm = tf.rsqrt(tf.sum(tf.square(direction), 0));
    const scale = gain ? tf.mul(tf.reshape(gain, [-1]), inverseNorm) : inverseNorm;
    save([direction, inverseNorm, scale]);
    return {
      value: tf.mul(direction, scale),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [direction, inverseNorm, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dGain = tf.mul(tf.sum(tf.mul(dy, direction), 0), inverseNorm);
        const dDirection = tf.mul(tf.sub(dy, tf.mul(direction, tf.mul(dGain, inverseNorm))), scale);
        return gain ? [dDirection, tf.reshape(dGain, gain.shape)] : [dDirection];
      },
    };
  });
  return (gain ? op(direction, gain) : op(direction)) as tf.Tensor2D;
}
