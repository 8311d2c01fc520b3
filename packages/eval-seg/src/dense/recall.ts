/**
 * The share of the exact nearest neighbours that were found, over all queries.
 * @param found `[queries, k]` rows, -1 for none
 * @param exact `[queries, k]` rows, -1 for none
 */
export function recallAtK(found: Int32Array, exact: Int32Array, k: number): number {
  let hits = 0;
  let wanted = 0;
  for (let first = 0; first < exact.length; first += k) {
    const rows = new Set(found.subarray(first, first + k));
    for (const row of exact.subarray(first, first + k)) {
      if (row < 0) continue;
      wanted++;
      if (rows.has(row)) hits++;
    }
  }
  return hits / wanted;
}
