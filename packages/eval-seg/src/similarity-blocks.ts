import * as tf from '@tensorflow/tfjs-core';
import type { FeatureRows } from './feature-rows.js';

/** Memory rows whose highest similarity is computed on the device, so that the host looks at one number for all of them. */
export const GROUP = 16;

/** Similarities of one block of memory rows with one block of queries. */
export interface SimilarityBlock {
  /** First memory row of the block. */
  readonly firstRow: number;
  /** `[blockRows, queries]` */
  readonly similarities: Float32Array;
  /** `[blockRows / GROUP, queries]`: the highest of every group of rows. */
  readonly groupMax: Float32Array;
}

/**
 * Computes the similarities of `queries` with all of `memory`, block after block, as products `[rows, d] x [d, queries]` on
 * the current backend. Every block has the same shape (missing rows are zeros), so a graph backend compiles once. While
 * one block is consumed, the next is being computed.
 */
export async function* similarityBlocks(
  memory: FeatureRows,
  queries: tf.Tensor2D,
  blockRows: number,
): AsyncGenerator<SimilarityBlock> {
  let next = compute(memory, 0, blockRows, queries);
  for (let firstRow = 0; firstRow < memory.rows; firstRow += blockRows) {
    const block = await next;
    const following = firstRow + blockRows;
    if (following < memory.rows) next = compute(memory, following, blockRows, queries);
    yield block;
  }
}

async function compute(
  memory: FeatureRows,
  firstRow: number,
  blockRows: number,
  queries: tf.Tensor2D,
): Promise<SimilarityBlock> {
  const [similarities, groupMax] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const rows = tf.tensor2d(blockValues(memory, firstRow, blockRows), [blockRows, memory.dim]);
    const products = tf.matMul(rows, queries);
    const groups = tf.reshape(products, [blockRows / GROUP, GROUP, queries.shape[1]]);
    return [products, tf.max(groups, 1)];
  });
  try {
    const [values, highest] = await Promise.all([similarities.data<'float32'>(), groupMax.data<'float32'>()]);
    return { firstRow, similarities: values, groupMax: highest };
  } finally {
    tf.dispose([similarities, groupMax]);
  }
}

function blockValues({ values, rows, dim }: FeatureRows, firstRow: number, blockRows: number): Float32Array {
  const slice = values.subarray(firstRow * dim, Math.min(rows, firstRow + blockRows) * dim);
  if (slice.length === blockRows * dim) return slice;
  const padded = new Float32Array(blockRows * dim);
  padded.set(slice);
  return padded;
}

/** Rows `first … first + count` as a tensor `[dim, blockQueries]`; columns without a query are zeros. */
export function queryColumns(queries: FeatureRows, first: number, count: number, blockQueries: number): tf.Tensor2D {
  const { values, dim } = queries;
  const columns = new Float32Array(dim * blockQueries);
  for (let q = 0; q < count; q++) {
    for (let i = 0; i < dim; i++) columns[i * blockQueries + q] = values[(first + q) * dim + i]!;
  }
  return tf.tensor2d(columns, [dim, blockQueries]);
}
