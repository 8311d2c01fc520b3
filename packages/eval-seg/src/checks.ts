/** @throws Error naming the setting if its value is not a positive whole number */
export function checkWhole(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: got ${value}, wanted a positive whole number`);
}

/** @throws Error naming the first of the data sets that holds no images */
export function checkNotEmpty(...datasets: readonly { readonly name: string; readonly length: number }[]): void {
  const empty = datasets.find(({ length }) => length === 0);
  if (empty !== undefined) throw new Error(`${empty.name}: got no images, wanted at least one`);
}

/** @throws Error naming the first value of a model's features that is not finite */
export function checkFinite(features: Float32Array): void {
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`model: got ${features[bad]} among the features, wanted finite numbers`);
}
