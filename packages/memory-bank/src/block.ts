import * as tf from '@tensorflow/tfjs-core';
import type { BankLayout } from './options.js';
import { penaltyOf } from './penalty.js';

/** A fixed number of image slots of both banks. The tensors belong to the block; an update makes a new one. */
export type Block = {
  /** `[2,R,d]` float32, R = blockImages·K: object vectors as they came, in both views; zeros where nothing is stored. */
  rows: tf.Tensor3D;
  /** `[2,R]` float32: 1 / length of every row, so that queries need not normalise the bank again. */
  inverseNorms: tf.Tensor2D;
  /** `[R]` float32: 0 for a stored object and very negative for every other row, to be added to similarities. */
  penalty: tf.Tensor1D;
};

const SHORTEST = 1e-12;

/** Puts vectors `[2,R,d]` into the form of a block. Rows that are not `valid` (`[R]` bool) may hold anything. */
export function blockOf(vectors: tf.Tensor3D, valid: tf.Tensor): Block {
  return tf.tidy(() => {
    const rows = tf.where(tf.reshape(valid, [1, -1, 1]), vectors, tf.zerosLike(vectors));
    const lengths = tf.maximum(tf.sqrt(tf.sum(tf.square(rows), 2)), SHORTEST) as tf.Tensor2D;
    return { rows, inverseNorms: tf.div(1, lengths), penalty: penaltyOf(valid) };
  });
}

/** `[2,R,d]`: the rows of a block, each of length 1 or zero. */
export function unitRows({ rows, inverseNorms }: Block): tf.Tensor3D {
  return tf.tidy(() => tf.mul(rows, tf.expandDims(inverseNorms, 2)));
}

/**
 * The block after some of its images were replaced. Which ones is data and no attribute of an operation, so that a
 * backend that compiles graphs meets the same one in every step.
 *
 * @param incoming objects of n images in the form of a block
 * @param source for every image slot of the result the place where its content stands: 0 … blockImages−1 in `block`,
 *   blockImages … blockImages+n−1 in `incoming`
 */
export function withImages(block: Block, incoming: Block, source: Int32Array, layout: BankLayout): Block {
  const { objectsPerImage: objects, dim, blockImages } = layout;
  return tf.tidy(() => {
    const slots = tf.tensor1d(source, 'int32');
    const merge = (old: tf.Tensor, fresh: tf.Tensor, views: number, width: number) => {
      const byImage = (x: tf.Tensor) => tf.reshape(x, [views, -1, width]);
      return tf.gather(tf.concat([byImage(old), byImage(fresh)], 1), slots, 1);
    };
    const rowCount = blockImages * objects;
    return {
      rows: tf.reshape(merge(block.rows, incoming.rows, 2, objects * dim), [2, rowCount, dim]),
      inverseNorms: tf.reshape(merge(block.inverseNorms, incoming.inverseNorms, 2, objects), [2, rowCount]),
      penalty: tf.reshape(merge(block.penalty, incoming.penalty, 1, objects), [rowCount]),
    };
  });
}
