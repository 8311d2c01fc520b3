/**
 * The k best memory rows of every query of a block, best first. Equal similarities keep the order in which they were
 * offered, so memory that is offered in ascending order gives the smallest index first.
 */
export class NearestRows {
  /** `[queries, k]`, descending; `-Infinity` where fewer than k rows were offered. */
  readonly similarities: Float32Array;
  /** `[queries, k]` memory rows; -1 where fewer than k rows were offered. */
  readonly indices: Int32Array;
  /** `[queries]` similarity of the k-th best so far: only higher ones change anything. */
  readonly thresholds: Float32Array;

  constructor(
    queries: number,
    readonly k: number,
  ) {
    this.similarities = new Float32Array(queries * k);
    this.indices = new Int32Array(queries * k);
    this.thresholds = new Float32Array(queries);
    this.clear();
  }

  /** Forgets all rows, to be used for the next block of queries. */
  clear(): void {
    this.similarities.fill(Number.NEGATIVE_INFINITY);
    this.indices.fill(-1);
    this.thresholds.fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes in a row whose similarity is above the threshold of its query; the k-th best falls out. */
  insert(query: number, similarity: number, row: number): void {
    const { similarities, indices, k } = this;
    const first = query * k;
    let slot = first + k - 1;
    while (slot > first && similarities[slot - 1]! < similarity) {
      similarities[slot] = similarities[slot - 1]!;
      indices[slot] = indices[slot - 1]!;
      slot--;
    }
    similarities[slot] = similarity;
    indices[slot] = row;
    this.thresholds[query] = similarities[first + k - 1]!;
  }
}
