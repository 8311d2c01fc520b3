/** Size of a grid of patches or pixels. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Nearest neighbour: target cell `i` takes source cell `floor(i * in / out)`.
 * @param values `[in.rows, in.columns]`, row-major
 * @returns `[out.rows, out.columns]`
 */
export function upsampleNearest(values: Uint8Array, from: Grid, to: Grid): Uint8Array {
  const result = new Uint8Array(to.rows * to.columns);
  const source = Int32Array.from({ length: to.columns }, (_, x) => Math.floor((x * from.columns) / to.columns));
  for (let y = 0; y < to.rows; y++) {
    const row = Math.floor((y * from.rows) / to.rows) * from.columns;
    for (let x = 0; x < to.columns; x++) result[y * to.columns + x] = values[row + source[x]!]!;
  }
  return result;
}

/** Where every target cell of one axis lies between two source cells: `(1 - weight) * low + weight * high`. */
export interface LinearTaps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/** Half-pixel centres (`align_corners` false): source = (target + 0.5) * in / out - 0.5, clamped to the grid. */
export function linearTaps(from: number, to: number): LinearTaps {
  const taps = { low: new Int32Array(to), high: new Int32Array(to), weight: new Float64Array(to) };
  for (let i = 0; i < to; i++) {
    const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(source));
    taps.low[i] = low;
    taps.high[i] = Math.min(from - 1, low + 1);
    taps.weight[i] = source - low;
  }
  return taps;
}

/**
 * Bilinear interpolation with half-pixel centres.
 * @param scores `[in.rows, in.columns, classes]`, row-major
 * @returns `[out.rows, out.columns, classes]`
 */
export function upsampleScores(scores: Float32Array, from: Grid, to: Grid, classes: number): Float32Array {
  const vertical = linearTaps(from.rows, to.rows);
  const horizontal = linearTaps(from.columns, to.columns);
  const result = new Float32Array(to.rows * to.columns * classes);
  let out = 0;
  for (let y = 0; y < to.rows; y++) {
    const top = vertical.low[y]! * from.columns;
    const bottom = vertical.high[y]! * from.columns;
    const v = vertical.weight[y]!;
    for (let x = 0; x < to.columns; x++) {
      const left = horizontal.low[x]!;
      const right = horizontal.high[x]!;
      const h = horizontal.weight[x]!;
      for (let c = 0; c < classes; c++) {
        const upper = (1 - h) * scores[(top + left) * classes + c]! + h * scores[(top + right) * classes + c]!;
        const lower = (1 - h) * scores[(bottom + left) * classes + c]! + h * scores[(bottom + right) * classes + c]!;
        result[out++] = (1 - v) * upper + v * lower;
      }
    }
  }
  return result;
}
