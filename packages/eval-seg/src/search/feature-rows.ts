/** Feature vectors, one per row, in one array. */
export interface FeatureRows {
  /** `[rows, dim]`, row-major; L2-normalised rows make dot products cosines. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly dim: number;
}

/** @throws Error naming `argument` if the array does not hold `rows * dim` values, or holds no row. */
export function checkFeatureRows(argument: string, { values, rows, dim }: FeatureRows): void {
  if (!Number.isInteger(rows) || !Number.isInteger(dim) || rows < 1 || dim < 1) {
    throw new Error(`${argument}: got ${rows} rows of ${dim} values, wanted at least one row of at least one value`);
  }
  if (values.length !== rows * dim) {
    throw new Error(`${argument}: got ${values.length} values, wanted ${rows} rows of ${dim} = ${rows * dim}`);
  }
}
