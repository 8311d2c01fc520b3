import * as tf from '@tensorflow/tfjs-core';
import { type NearestMember, UNREACHABLE } from './nearest-member.js';
import type { Variant } from './options.js';

/** Keeps a range or maximum of 0 from becoming a division by 0; no meaningful cost is that small. */
const SMALLEST_RANGE = 1e-12;

/**
 * The positional cost of Eq. 17: the distance of every token to the nearest member of every cluster, divided by the
 * image's largest. A cluster without a member that counts gets the image's mean cost (its own zeros included).
 *
 * @param assignment `[B,2N,K]` float32 of 0 and 1
 * @returns `[B,2N,K]` float32 in [0,1]
 */
export function positionalCost(assignment: tf.Tensor3D, nearestMember: NearestMember): tf.Tensor3D {
  return tf.tidy(() => {
    const squared = nearestMember(assignment);
    const reached = tf.less(squared, UNREACHABLE);
    const distance = tf.sqrt(tf.where(reached, squared, 0));
    const filled = tf.where(reached, distance, tf.mean(distance, [1, 2], true));
    return tf.div(filled, tf.maximum(tf.max(filled, [1, 2], true), SMALLEST_RANGE));
  });
}

/**
 * Scales a cost to [0,1]: `paper` each image by its own range, `released` the whole batch by one.
 *
 * @param cost `[B,2N,K]` float32
 */
export function scaleCost(cost: tf.Tensor3D, variant: Variant): tf.Tensor3D {
  return tf.tidy(() => {
    const axes = variant === 'paper' ? [1, 2] : [0, 1, 2];
    const lowest = tf.min(cost, axes, true);
    const range = tf.sub(tf.max(cost, axes, true), lowest);
    return tf.div(tf.sub(cost, lowest), tf.maximum(range, SMALLEST_RANGE));
  });
}
