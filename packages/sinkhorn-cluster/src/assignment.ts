import * as tf from '@tensorflow/tfjs-core';

/**
 * Makes a plan hard: 1 where a row has its maximum, else 0. A row whose maximum stands in several columns (only columns
 * that are identical, such as those of two empty clusters, tie exactly) belongs to all of them.
 *
 * @param plan `[...,K]` float32
 * @returns the same shape, float32
 */
export function hardAssignment<T extends tf.Tensor>(plan: T): T {
  return tf.tidy(() => zeroOrOne(tf.equal(plan, tf.max(plan, -1, true))) as T);
}

/**
 * A bool tensor, or an int32 one of 0 and 1, as float32. The product makes a tensor of its own: the WebGPU backend casts
 * by relabelling, and its transpose misreads what is only relabelled.
 */
export function zeroOrOne(mask: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.cast(mask, 'float32'), 1));
}

/**
 * Splits a joint assignment into views and divides every column of a view by its number of members there.
 *
 * @param joint `[B,2N,K]` float32 of 0 and 1
 * @returns `[2,B,N,K]` float32: each non-empty column sums to 1 over N, empty ones are 0
 */
export function normalizePerView(joint: tf.Tensor3D): tf.Tensor4D {
  return tf.tidy(() => {
    const [images, tokens, clusters] = joint.shape;
    const views = tf.transpose(tf.reshape(joint, [images, 2, tokens / 2, clusters]), [1, 0, 2, 3]);
    return tf.div(views, tf.maximum(tf.sum(views, 2, true), 1));
  });
}

/**
 * Which clusters have tokens in both views. A token in several columns counts for the one in which it weighs most, that
 * is the smallest cluster.
 *
 * @param assignment `[2,B,N,K]` float32 as of {@link normalizePerView}
 * @returns `[B,K]` bool
 */
export function inBothViews(assignment: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const present = tf.max(hardAssignment(assignment), 2);
    return tf.greater(tf.min(present, 0), 0);
  });
}
