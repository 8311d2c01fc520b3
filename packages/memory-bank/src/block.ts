import * as tf from '@tensorflow/tfjs-core';
import { penaltyOf } from './penalty.js';
import { type Storage, toStorage } from './storage.js';

/**
 * Objects of I images in both views; the bank is a list of these with I = blockImages. The tensors are laid out by image,
 * as updates write them: a backend that captures graphs tells a tensor that was written so from one that was reshaped.
 */
export type Block = {
  /** `[2,I,K·d]` float32, stored as such or in half precision: object vectors in both views; zeros where there is none. */
  vectors: tf.Tensor3D;
  /** `[2,I,K]` float32: 1 / length of every vector as it is stored, so that queries need not normalise the bank again. */
  inverseNorms: tf.Tensor3D;
  /** `[1,I,K]` float32: 0 for an object and very negative where there is none, to be added to similarities. */
  penalty: tf.Tensor3D;
};

const SHORTEST = 1e-12;

/**
 * Puts the objects of a batch into the form of a block.
 *
 * @param objects `[2,B,K,d]` float32
 * @param valid `[B,K]` bool; the other objects may hold anything
 * @param storage of the vectors
 */
export function blockOf(objects: tf.Tensor, valid: tf.Tensor, storage: Storage = 'float32'): Block {
  const [views, images, count, dim] = objects.shape as [number, number, number, number];
  return tf.tidy(() => {
    const present = tf.where(tf.reshape(valid, [1, images, count, 1]), objects, tf.zerosLike(objects));
    const vectors = toStorage(present, storage);
    const lengths = tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), 3)), SHORTEST) as tf.Tensor3D;
    return {
      vectors: tf.reshape(vectors, [views, images, count * dim]),
      inverseNorms: tf.div(1, lengths),
      penalty: tf.reshape(penaltyOf(valid), [1, images, count]),
    };
  });
}

/** `[2,R,d]`, R = I·K: the vectors of a block one by one. */
export function rowsOf({ vectors, inverseNorms }: Block): tf.Tensor3D {
  const [views, images, objects] = inverseNorms.shape;
  return tf.reshape(vectors, [views, images * objects, -1]);
}

/** `[2,R,d]`: the vectors of a block, each of length 1 or zero. */
export function unitRows(block: Block): tf.Tensor3D {
  return tf.tidy(() => {
    const rows = rowsOf(block);
    return tf.mul(rows, tf.reshape(block.inverseNorms, [rows.shape[0], rows.shape[1], 1]));
  });
}

/**
 * The block after some of its images were replaced. Which ones is data and no attribute of an operation, so that a
 * backend that compiles graphs meets the same one in every step.
 *
 * @param incoming objects of n images
 * @param source for every image slot of the result the place where its content stands: 0 … I−1 in `block`,
 *   I … I+n−1 in `incoming`
 */
export function withImages(block: Block, incoming: Block, source: Int32Array): Block {
  return tf.tidy(() => {
    const slots = tf.tensor1d(source, 'int32');
    const merge = (old: tf.Tensor3D, fresh: tf.Tensor3D) => tf.gather(tf.concat([old, fresh], 1), slots, 1);
    return {
      vectors: merge(block.vectors, incoming.vectors),
      inverseNorms: merge(block.inverseNorms, incoming.inverseNorms),
      penalty: merge(block.penalty, incoming.penalty),
    };
  });
}
