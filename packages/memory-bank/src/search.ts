import * as tf from '@tensorflow/tfjs-core';
import { type Block, rowsOf } from './block.js';
import { NOT_STORED } from './penalty.js';
import type { Storage } from './storage.js';

/** The best match so far of Q queries per view; view m searches bank m. */
export type BestMatch = {
  /** `[2,Q,1]` float32; NOT_STORED if no stored object was seen yet. */
  similarity: tf.Tensor3D;
  /** `[2,Q]` int32: row among the rows of all blocks searched so far, in that order. */
  position: tf.Tensor2D;
  /** `[2,2,Q,d]` float32 (view of the bank, view of the query): the matched object as both banks store it. */
  vectors: tf.Tensor4D;
};

/** How stored vectors are compared. */
export type Comparison = {
  /** Whether stored rows count as normalised. */
  cosine: boolean;
  storage: Storage;
};

/**
 * Finds the nearest stored object of every query, block by block: similarities exist for one block at a time (Eq. 2).
 *
 * @param queries `[2,Q,d]` float32, rows of length 1
 * @param blocks searched in this order
 */
export function searchBlocks(queries: tf.Tensor3D, blocks: Block[], comparison: Comparison): BestMatch {
  return blocks.reduce((best, block, i) => {
    // On backends that compute at once, this frees the similarities of the block before those of the next are made.
    const next = tf.tidy(() => better(best, searchBlock(queries, block, i, best, comparison)));
    tf.dispose(best);
    return next;
  }, nothingFound(queries.shape));
}

function nothingFound([views, queryCount, dim]: [number, number, number]): BestMatch {
  return {
    similarity: tf.fill([views, queryCount, 1], NOT_STORED),
    position: tf.zeros([views, queryCount], 'int32'),
    vectors: tf.zeros([views, views, queryCount, dim]),
  };
}

function searchBlock(
  queries: tf.Tensor3D,
  block: Block,
  blocksBefore: number,
  best: BestMatch,
  { cosine, storage }: Comparison,
): BestMatch {
  const rows = rowsOf(block);
  const [views, rowCount, dim] = rows.shape;
  // A zero that depends on the previous block: without it a graph scheduler may multiply all blocks first and hold the
  // similarities of the whole bank.
  const afterPrevious = tf.add(queries, tf.mul(best.similarity, 0));
  const products = tf.matMul(afterPrevious, storage === 'float16' ? rowsAfter(best, rows) : rows, false, true);
  const compared = cosine ? tf.mul(products, tf.reshape(block.inverseNorms, [views, 1, rowCount])) : products;
  const similarities = tf.add(compared, tf.reshape(block.penalty, [1, 1, rowCount]));
  // Value and place in one pass over the similarities.
  const { values, indices } = tf.topk(similarities, 1);
  return {
    similarity: values as tf.Tensor3D,
    position: tf.add(tf.reshape(indices, [views, -1]), tf.scalar(blocksBefore * rowCount, 'int32')),
    vectors: tf.reshape(tf.gather(rows, tf.reshape(indices, [-1]), 1), [views, views, queries.shape[1], dim]),
  };
}

/**
 * `[2,R,d]`: rows stored in half precision, to be widened for a product. The same rows, but not to be had before the search
 * of the previous block is over: a graph scheduler could otherwise widen all blocks first and hold the bank as float32.
 */
function rowsAfter(previous: BestMatch, rows: tf.Tensor3D): tf.Tensor3D {
  const zeros = tf.mul(tf.slice(previous.position, [0, 0], [-1, 1]), tf.scalar(0, 'int32'));
  const views = tf.add(tf.reshape(zeros, [-1]), tf.tensor1d(Int32Array.of(0, 1), 'int32'));
  return tf.gather(rows, views as tf.Tensor1D, 0);
}

function better(best: BestMatch, found: BestMatch): BestMatch {
  const [views, queryCount] = best.position.shape;
  const closer = tf.greater(found.similarity, best.similarity);
  return {
    similarity: tf.where(closer, found.similarity, best.similarity),
    position: tf.where(tf.reshape(closer, [views, queryCount]), found.position, best.position),
    vectors: tf.where(tf.reshape(closer, [1, views, queryCount, 1]), found.vectors, best.vectors),
  };
}
