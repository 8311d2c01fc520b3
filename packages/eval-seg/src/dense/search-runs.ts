import type { FeatureRows } from '../search/feature-rows.js';
import type { Neighbours } from '../search/nearest-neighbours.js';
import { type BlockSize, search } from '../search/search.js';
import { type CreateIndex, indexRows } from './approximate-index.js';
import { recallAtK } from './recall.js';

/** What a retrieval does at the moment: neighbours of query patches, rows put into an index, queries of the recall. */
export type RetrievalPhase = 'retrieval' | 'index' | 'recall';

/** Called with what is done of a phase. */
export type RetrievalProgress = (done: number, total: number, phase: RetrievalPhase) => void;

export interface RunSearchOptions {
  readonly k: number;
  /** The memory rows of every run: `[rows]` bytes each, not 0 where the row takes part. */
  readonly members: readonly Uint8Array[];
  /** `queries` is a multiple of the patches of an image. */
  readonly blockSize: BlockSize & { readonly queries: number };
  readonly onProgress?: RetrievalProgress;
}

/** The neighbours of `count` queries in the memory of one run; overwritten by the next. */
export interface RunNeighbours {
  readonly run: number;
  readonly firstQuery: number;
  readonly count: number;
  /** `[at least count, k]` */
  readonly neighbours: Neighbours;
}

/** The exact neighbours; all runs are searched in one pass over the similarities. */
export async function* exactRuns(
  memory: FeatureRows,
  queries: FeatureRows,
  { k, members, blockSize, onProgress }: RunSearchOptions,
): AsyncGenerator<RunNeighbours> {
  const progress = (done: number) => onProgress?.(done, queries.rows, 'retrieval');
  for await (const block of search(memory, queries, { k, subsets: members, blockSize, onProgress: progress })) {
    const { firstQuery, count, nearest } = block;
    for (const [run, neighbours] of nearest.entries()) yield { run, firstQuery, count, neighbours };
  }
}

export interface ApproximateSearchOptions extends RunSearchOptions {
  readonly createIndex: CreateIndex;
  /** Queries whose exact neighbours are searched as well. */
  readonly recallQueries: number;
  /** Called with the share of the exact neighbours that the index of a run finds. */
  readonly onRecall: (run: number, recall: number) => void;
}

/** The neighbours that an index finds, one run after the other, so that one index exists at a time. */
export async function* approximateRuns(
  memory: FeatureRows,
  queries: FeatureRows,
  options: ApproximateSearchOptions,
): AsyncGenerator<RunNeighbours> {
  const { k, members, blockSize, createIndex, onProgress, onRecall } = options;
  const sample = evenlySpaced(queries, options.recallQueries);
  const exact = await exactNeighbours(memory, sample, options);
  const sizes = members.map((member) => member.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0));
  const allRows = sizes.reduce((sum, size) => sum + size, 0);
  let added = 0;
  for (const [run, member] of members.entries()) {
    const indexed = await indexRows(memory, member, createIndex, (rows) =>
      onProgress?.(added + rows, allRows, 'index'),
    );
    added += sizes[run]!;
    onRecall(run, recallAtK((await indexed.nearest(sample, k)).indices, exact[run]!, k));
    for (let firstQuery = 0; firstQuery < queries.rows; firstQuery += blockSize.queries) {
      const count = Math.min(blockSize.queries, queries.rows - firstQuery);
      yield { run, firstQuery, count, neighbours: await indexed.nearest(rowsOf(queries, firstQuery, count), k) };
      onProgress?.(run * queries.rows + firstQuery + count, members.length * queries.rows, 'retrieval');
    }
  }
}

/** The exact rows of every run, `[queries, k]` each. */
async function exactNeighbours(
  memory: FeatureRows,
  queries: FeatureRows,
  { k, members, blockSize, onProgress }: RunSearchOptions,
): Promise<Int32Array[]> {
  const rows = members.map(() => new Int32Array(queries.rows * k));
  const progress = (done: number) => onProgress?.(done, queries.rows, 'recall');
  for await (const block of search(memory, queries, { k, subsets: members, blockSize, onProgress: progress })) {
    block.nearest.forEach(({ indices }, run) => {
      rows[run]!.set(indices.subarray(0, block.count * k), block.firstQuery * k);
    });
  }
  return rows;
}

const rowsOf = ({ values, dim }: FeatureRows, first: number, count: number): FeatureRows => ({
  values: values.subarray(first * dim, (first + count) * dim),
  rows: count,
  dim,
});

/** Up to `count` of the rows, evenly spaced from the first on. */
function evenlySpaced(queries: FeatureRows, count: number): FeatureRows {
  const rows = Math.min(count, queries.rows);
  const { values, dim } = queries;
  const sample = new Float32Array(rows * dim);
  for (let i = 0; i < rows; i++) {
    const row = Math.floor((i * queries.rows) / rows);
    sample.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  }
  return { values: sample, rows, dim };
}
