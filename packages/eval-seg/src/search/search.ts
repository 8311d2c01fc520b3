import { checkFeatureRows, type FeatureRows } from './feature-rows.js';
import { NearestRows } from './nearest.js';
import { GROUP, MemberRows, selectNearest } from './select-nearest.js';
import { queryColumns, similarityBlocks } from './similarity-blocks.js';

/** Rows of memory and of queries whose similarities exist at one time. */
export interface BlockSize {
  /** Memory rows of a block, a multiple of 8; default 2048. */
  readonly memory?: number;
  /** Queries of a block; default 1024. */
  readonly queries?: number;
}

export interface SearchOptions {
  /** Neighbours per query. */
  readonly k: number;
  /**
   * Subsets of the memory that are searched at the same time, from the same similarities: `[rows]` bytes each, not 0 where
   * the row takes part.
   */
  readonly subsets: readonly Uint8Array[];
  readonly blockSize?: BlockSize;
  /**
   * Called after every block of the memory with the number of queries done; those that are being searched count by the share of
   * the memory that they have seen.
   */
  readonly onProgress?: (done: number) => void;
}

/** The neighbours of one block of queries. */
export interface SearchedBlock {
  readonly firstQuery: number;
  readonly count: number;
  /** One per subset; overwritten by the next block. */
  readonly nearest: readonly NearestRows[];
}

/**
 * Exact nearest neighbours by dot product, block by block; yields the result of every block of queries.
 *
 * The products are computed on the current backend. While it computes the next one, the host compares every similarity with
 * the k-th best so far and takes in the few that beat it, so the product dominates the time. Held at a time, besides both
 * arguments: two blocks of `memory * queries` similarities, the queries of a block, and k neighbours per query of a block
 * and subset.
 * @throws Error naming the argument if the sizes do not fit.
 */
export async function* search(
  memory: FeatureRows,
  queries: FeatureRows,
  options: SearchOptions,
): AsyncGenerator<SearchedBlock> {
  const blockRows = options.blockSize?.memory ?? 2048;
  const blockQueries = options.blockSize?.queries ?? 1024;
  checkSearch(memory, queries, options, blockRows, blockQueries);
  const searched = options.subsets.map((members) => new MemberRows(members, blockRows));
  const nearest = options.subsets.map(() => new NearestRows(blockQueries, options.k));
  for (let firstQuery = 0; firstQuery < queries.rows; firstQuery += blockQueries) {
    const count = Math.min(blockQueries, queries.rows - firstQuery);
    for (const best of nearest) best.clear();
    const columns = queryColumns(queries, firstQuery, count, blockQueries);
    try {
      for await (const block of similarityBlocks(memory, columns, blockRows)) {
        searched.forEach((subset, i) => {
          selectNearest(block, count, subset, nearest[i]!);
        });
        const seen = Math.min(memory.rows, block.firstRow + blockRows) / memory.rows;
        options.onProgress?.(firstQuery + Math.floor(count * seen));
      }
    } finally {
      columns.dispose();
    }
    yield { firstQuery, count, nearest };
  }
}

function checkSearch(
  memory: FeatureRows,
  queries: FeatureRows,
  { k, subsets }: SearchOptions,
  blockRows: number,
  blockQueries: number,
): void {
  checkFeatureRows('memory', memory);
  checkFeatureRows('queries', queries);
  if (memory.dim !== queries.dim) {
    throw new Error(`queries: got features of ${queries.dim} values, wanted ${memory.dim} as in the memory`);
  }
  if (!Number.isInteger(k) || k < 1) throw new Error(`k: got ${k}, wanted a whole number of at least 1`);
  if (!Number.isInteger(blockRows) || blockRows < GROUP || blockRows % GROUP !== 0) {
    throw new Error(`blockSize.memory: got ${blockRows}, wanted a multiple of ${GROUP}`);
  }
  if (!Number.isInteger(blockQueries) || blockQueries < 1) {
    throw new Error(`blockSize.queries: got ${blockQueries}, wanted a whole number of at least 1`);
  }
  subsets.forEach((members, i) => {
    if (members.length !== memory.rows) {
      throw new Error(`subsets[${i}]: got ${members.length} values, wanted ${memory.rows}, one per memory row`);
    }
  });
}
