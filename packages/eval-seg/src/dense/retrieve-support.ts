import { IGNORE_LABEL } from '../dataset.js';
import { search } from '../search/search.js';
import { checkMemory, type MemoryPatches, type PatchPlace, placeOf } from './memory-patches.js';
import type { PatchFeatures } from './patch-features.js';

/** A patch of a query image, counted from 0. */
export interface QueryPatch {
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

/** A memory patch that was found for a query patch. */
export interface RetrievedPatch extends PatchPlace {
  /** The `id` of the image, where the memory knows it. */
  readonly id?: string;
  /** Row of the memory. */
  readonly memoryRow: number;
  /** Dot product of the features, which is their cosine. */
  readonly similarity: number;
  /** Class of the memory patch. */
  readonly label: number;
}

export interface RetrievedSupport {
  readonly query: QueryPatch & { readonly id?: string };
  /** The nearest labelled memory patches, most similar first. */
  readonly support: readonly RetrievedPatch[];
}

/**
 * The `k` labelled memory patches that are most similar to each of some query patches, by the exact search.
 * @throws Error naming the argument if a patch is not in the query data set or the sizes do not fit.
 */
export async function retrieveSupport(
  memory: MemoryPatches,
  query: PatchFeatures,
  patches: readonly QueryPatch[],
  { k }: { k: number },
): Promise<RetrievedSupport[]> {
  checkMemory(memory);
  if (patches.length === 0) return [];
  const { dim } = query;
  const values = new Float32Array(patches.length * dim);
  patches.forEach((patch, i) => {
    const row = rowOf(query, patch, i);
    values.set(query.values.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  const labelled = memory.labels.map((label) => (label === IGNORE_LABEL ? 0 : 1));
  const blockSize = { queries: Math.min(1024, patches.length) };
  const found: RetrievedSupport[] = [];
  const queries = { values, rows: patches.length, dim };
  for await (const { nearest, firstQuery, count } of search(memory, queries, { k, subsets: [labelled], blockSize })) {
    const { indices, similarities } = nearest[0]!;
    for (let i = 0; i < count; i++) {
      const support: RetrievedPatch[] = [];
      for (let n = i * k; n < (i + 1) * k && indices[n]! >= 0; n++) {
        support.push(retrieved(memory, indices[n]!, similarities[n]!));
      }
      const patch = patches[firstQuery + i]!;
      const id = query.ids?.[patch.image];
      found.push({ query: { ...patch, ...(id !== undefined && { id }) }, support });
    }
  }
  return found;
}

function rowOf({ images, grid }: PatchFeatures, { image, row, column }: QueryPatch, i: number): number {
  const inside = (value: number, count: number) => Number.isInteger(value) && value >= 0 && value < count;
  if (!inside(image, images) || !inside(row, grid.rows) || !inside(column, grid.columns)) {
    throw new Error(
      `patches[${i}]: got image ${image}, row ${row}, column ${column}, wanted less than ${images} images, ${grid.rows} rows and ${grid.columns} columns`,
    );
  }
  return (image * grid.rows + row) * grid.columns + column;
}

function retrieved(memory: MemoryPatches, memoryRow: number, similarity: number): RetrievedPatch {
  const place = placeOf(memory, memoryRow);
  const id = memory.ids?.[place.image * (memory.views ?? 1) + place.view];
  return { ...place, ...(id !== undefined && { id }), memoryRow, similarity, label: memory.labels[memoryRow]! };
}
