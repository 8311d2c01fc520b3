/** 1 / length of every row of `dim` numbers, computed on the host; 0 for rows of zeros. */
export function inverseNormsOf(rows: Float32Array, dim: number): Float32Array {
  return Float32Array.from({ length: rows.length / dim }, (_, row) => {
    let squares = 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) squares += rows[i]! ** 2;
    return squares === 0 ? 0 : 1 / Math.sqrt(squares);
  });
}
