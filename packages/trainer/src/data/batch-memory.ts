/**
 * The memory of one batch, shared by all threads: they write its rows in any order, and what is finished is copied out in
 * one go. A loader has few of them and uses them again and again, for two reasons: V8 does not count shared memory, so
 * batches that were handed out in it would pile up until something else starts a garbage collection; and whoever gets a
 * copy may keep it.
 */
export interface BatchMemory {
  /** B. */
  rows: number;
  /** [2, B, size, size, 3]. */
  views: Float32Array;
  /** [2, B, N, 2]. */
  positions: Float32Array;
}

/** @param viewValues, positionValues what one view of one image takes: size * size * 3 and N * 2 */
export function createBatchMemory(rows: number, viewValues: number, positionValues: number): BatchMemory {
  const shared = (values: number) => new Float32Array(new SharedArrayBuffer(4 * values));
  return { rows, views: shared(2 * rows * viewValues), positions: shared(2 * rows * positionValues) };
}

/** Where one view of the image in row `row` goes: [size, size, 3] pixels and [N, 2] positions, still in shared memory. */
export function rowOf(
  { rows, views, positions }: BatchMemory,
  view: number,
  row: number,
): { pixels: Float32Array; positions: Float32Array } {
  const place = view * rows + row;
  const part = (values: Float32Array) => {
    const length = values.length / (2 * rows);
    return values.subarray(place * length, (place + 1) * length);
  };
  return { pixels: part(views), positions: part(positions) };
}

/** A copy of shared values in memory of their reader. */
export function copyOut(shared: Float32Array): Float32Array {
  const copy = new Float32Array(shared.length);
  copy.set(shared);
  return copy;
}
