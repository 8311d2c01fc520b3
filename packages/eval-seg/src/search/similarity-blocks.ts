import * as tf from '@tensorflow/tfjs-core';
import type { FeatureRows } from './feature-rows.js';

/** Similarities of one block of memory rows with one block of queries. */
export interface SimilarityBlock {
  /** First memory row of the block. */
  readonly firstRow: number;
  /** `[blockRows, queries]` */
  readonly similarities: Float32Array;
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
    if (following < memory.rows) {
      next = compute(memory, following, blockRows, queries);
      // A failure is reported where the block is awaited; it never is if the one at hand cannot be consumed.
      next.catch(() => undefined);
    }
    yield block;
  }
}

async function compute(
  memory: FeatureRows,
  firstRow: number,
  blockRows: number,
  queries: tf.Tensor2D,
): Promise<SimilarityBlock> {
  const products = tf.tidy(() => {
    const rows = tf.tensor2d(blockValues(memory, firstRow, blockRows), [blockRows, memory.dim]);
    return tf.matMul(rows, queries);
  });
  try {
    return { firstRow, similarities: await products.data<'float32'>() };
  } finally {
    products.dispose();
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
