import type { FeatureRows } from './feature-rows.js';
import { type BlockSize, search } from './search.js';

export interface Neighbours {
  /** `[queries, k]` memory rows, most similar first, smaller row first if equal; -1 if the memory has fewer than k rows. */
  readonly indices: Int32Array;
  /** `[queries, k]` dot products; `-Infinity` if the memory has fewer than k rows. */
  readonly similarities: Float32Array;
}

/**
 * The k memory rows with the highest dot product for every query; exact, and cosine if the rows are L2-normalised.
 * Computed blockwise on the current TensorFlow.js backend: the full similarity matrix never exists.
 * @throws Error naming the argument if the sizes do not fit.
 */
export async function nearestNeighbours(
  memory: FeatureRows,
  queries: FeatureRows,
  { k, blockSize = {} }: { k: number; blockSize?: BlockSize },
): Promise<Neighbours> {
  const subsets = [new Uint8Array(memory.rows).fill(1)];
  const indices = new Int32Array(queries.rows * k);
  const similarities = new Float32Array(queries.rows * k);
  for await (const { firstQuery, count, nearest } of search(memory, queries, { k, subsets, blockSize })) {
    indices.set(nearest[0]!.indices.subarray(0, count * k), firstQuery * k);
    similarities.set(nearest[0]!.similarities.subarray(0, count * k), firstQuery * k);
  }
  return { indices, similarities };
}
