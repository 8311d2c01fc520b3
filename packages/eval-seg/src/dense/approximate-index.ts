import type { FeatureRows } from '../search/feature-rows.js';
import type { Neighbours } from '../search/nearest-neighbours.js';

/** A search structure of someone else's, such as HNSW, that finds most of the nearest rows without looking at all. */
export interface ApproximateIndex {
  /** Adds rows; the rows of all calls are numbered from 0 on. The values may be overwritten after the call has returned. */
  add(rows: FeatureRows): void | Promise<void>;
  /**
   * `[queries, k]` numbers and dot products of up to `k` rows near every query, at least one, most similar first; -1 and
   * `-Infinity` where fewer were found.
   */
  nearest(queries: FeatureRows, k: number): Neighbours | Promise<Neighbours>;
}

/**
 * Makes an empty index.
 * @param dim values of a row
 * @param rows how many will be added
 */
export type CreateIndex = (dim: number, rows: number) => ApproximateIndex | Promise<ApproximateIndex>;

/** Rows that are copied and added at a time. */
const ADDED_AT_A_TIME = 4096;

/** Finds memory rows by an index over some of them. */
export interface IndexedRows {
  /** As `nearestNeighbours`: memory rows and dot products, -1 where fewer than k were found. */
  nearest(queries: FeatureRows, k: number): Promise<Neighbours>;
}

/**
 * Fills an index with the rows of the memory that take part.
 * @param members `[rows]`, not 0 where the row takes part
 * @param onProgress called with the number of rows added
 */
export async function indexRows(
  memory: FeatureRows,
  members: Uint8Array,
  createIndex: CreateIndex,
  onProgress: (added: number) => void,
): Promise<IndexedRows> {
  const { values, dim } = memory;
  const rows = memberRows(members);
  const index = await createIndex(dim, rows.length);
  const gathered = new Float32Array(ADDED_AT_A_TIME * dim);
  for (let first = 0; first < rows.length; first += ADDED_AT_A_TIME) {
    const part = rows.subarray(first, first + ADDED_AT_A_TIME);
    part.forEach((row, i) => {
      gathered.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
    });
    await index.add({ values: gathered.subarray(0, part.length * dim), rows: part.length, dim });
    onProgress(first + part.length);
    // An index that works synchronously would let no signal through, such as Ctrl-C.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return {
    async nearest(queries, k) {
      const { indices, similarities } = await index.nearest(queries, k);
      if (indices.length !== queries.rows * k || similarities.length !== queries.rows * k) {
        throw new Error(
          `index: got ${indices.length} numbers and ${similarities.length} similarities, wanted ${queries.rows} queries x ${k} neighbours`,
        );
      }
      for (let q = 0; q < queries.rows; q++) {
        if (indices[q * k]! < 0) throw new Error('index: found no row for a query, wanted at least one');
      }
      return { indices: indices.map((number) => (number < 0 ? -1 : memoryRow(rows, number))), similarities };
    },
  };
}

function memberRows(members: Uint8Array): Int32Array {
  const rows = new Int32Array(members.reduce((sum, member) => sum + (member === 0 ? 0 : 1), 0));
  let next = 0;
  members.forEach((member, row) => {
    if (member !== 0) rows[next++] = row;
  });
  return rows;
}

function memoryRow(rows: Int32Array, number: number): number {
  const row = rows[number];
  if (row === undefined) throw new Error(`index: got row number ${number}, wanted 0 to ${rows.length - 1}`);
  return row;
}
