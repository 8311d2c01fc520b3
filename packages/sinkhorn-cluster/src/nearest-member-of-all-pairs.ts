import * as tf from '@tensorflow/tfjs-core';
import { inClusterChunks, type NearestMember, type NearestMemberRule, withoutZeros } from './nearest-member.js';

/**
 * Nearest members for tokens anywhere in the plane, by the distances of all pairs of tokens of an image. They are computed
 * once; memory grows with N² and never with N² K.
 *
 * @param positions `[B,2N,2]` float32, (x,y) of every token in pixels
 */
export function nearestMemberOfAllPairs(
  positions: tf.Tensor3D,
  { excludeCoincident }: NearestMemberRule,
): NearestMember {
  const [images, tokens] = positions.shape;
  const pairs = squaredDistances(positions, excludeCoincident);
  return inClusterChunks(pairs.size, (penalty) => {
    const toEveryToken = tf.add(tf.reshape(penalty, [images, -1, 1, tokens]), pairs);
    return tf.min(toEveryToken, 3);
  });
}

/** Squared distances of all pairs, `[B,1,2N,2N]`. Differences are squared, not expanded, so coincident tokens give 0. */
function squaredDistances(positions: tf.Tensor3D, excludeCoincident: boolean): tf.Tensor {
  return tf.tidy(() => {
    const [images, tokens] = positions.shape;
    const along = (axis: number) => {
      const coordinate = tf.slice(positions, [0, 0, axis], [-1, -1, 1]);
      const across = tf.reshape(coordinate, [images, 1, tokens]);
      return tf.square(tf.sub(coordinate, across));
    };
    const squared = tf.add(along(0), along(1));
    return tf.expandDims(excludeCoincident ? withoutZeros(squared) : squared, 1);
  });
}
