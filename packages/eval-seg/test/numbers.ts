/** A small deterministic source of test numbers in [0, 1) (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rows of unit length. */
export function unitRows(rows: number, dim: number, seed: number) {
  const next = numbers(seed);
  const values = new Float32Array(rows * dim);
  for (let r = 0; r < rows; r++) {
    const row = Array.from({ length: dim }, () => next() - 0.5);
    const norm = Math.hypot(...row);
    values.set(
      row.map((v) => v / norm),
      r * dim,
    );
  }
  return { values, rows, dim };
}
