import * as tf from '@tensorflow/tfjs-core';

/**
 * Whether the jump of a match leads back to the object it started from (Eq. 4): of all objects of the batch in the other
 * view, that object has to be the nearest to the jump. The jump need not be normalised: its length does not change which
 * object is the nearest.
 *
 * @param jumps `[2,Q,d]` float32: the matches of the queries of view m, as the *other* view's bank stores them
 * @param objects `[2,Q,d]` float32: the queries themselves, rows of length 1
 * @param penalty `[1,B,K]` float32, Q = B·K: 0 for valid objects, very negative for the others
 * @returns `[2,Q]` bool; not restricted to valid queries
 */
export function closesCycle(jumps: tf.Tensor3D, objects: tf.Tensor3D, penalty: tf.Tensor): tf.Tensor2D {
  const queryCount = objects.shape[1];
  return tf.tidy(() => {
    const otherView = tf.reverse(objects, 0);
    const similarities = tf.add(tf.matMul(jumps, otherView, false, true), tf.reshape(penalty, [1, 1, queryCount]));
    const returnedTo = tf.argMax(similarities, 2);
    const start = tf.tensor2d(
      Int32Array.from({ length: queryCount }, (_, i) => i),
      [1, queryCount],
      'int32',
    );
    return tf.equal(returnedTo, start) as tf.Tensor2D;
  });
}
