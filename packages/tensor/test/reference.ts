/** The ops of this package by plain loops in float64, on row-major arrays. */

const rowsOf = (x: Float64Array, width: number): Float64Array[] =>
  Array.from({ length: x.length / width }, (_, row) => x.subarray(row * width, (row + 1) * width));

const mapRows = (x: Float64Array, width: number, f: (row: Float64Array) => ArrayLike<number>): Float64Array =>
  Float64Array.from(rowsOf(x, width).flatMap((row) => Array.from(f(row))));

const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);

const dot = (a: Float64Array, b: Float64Array): number => sum(a.map((value, i) => value * b[i]!));

export function linear(x: Float64Array, weight: Float64Array, bias: Float64Array, inputs: number): Float64Array {
  return mapRows(x, inputs, (row) =>
    bias.map((b, o) => row.reduce((total, value, i) => total + value * weight[i * bias.length + o]!, b)),
  );
}

/** Φ by the series 1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …), whose terms do not alternate. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 10) return x > 0 ? 1 : 0;
  let [term, total] = [x, x];
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(total); n += 2) {
    term *= (x * x) / n;
    total += term;
  }
  return 0.5 + (total * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

export function layerNorm(x: Float64Array, gamma: Float64Array, beta: Float64Array, epsilon: number): Float64Array {
  return mapRows(x, gamma.length, (row) => {
    const mean = sum(row) / row.length;
    const variance = sum(row.map((value) => (value - mean) ** 2)) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * gamma[i]! + beta[i]!);
  });
}

export function l2Normalize(x: Float64Array, width: number): Float64Array {
  return mapRows(x, width, (row) => row.map((value) => value / Math.max(Math.hypot(...row), 1e-12)));
}

export function logSoftmax(row: Float64Array): Float64Array {
  const top = Math.max(...row);
  const logSum = top + Math.log(sum(row.map((value) => Math.exp(value - top))));
  return row.map((value) => value - logSum);
}

export function softmaxCrossEntropy(logits: Float64Array, targets: Float64Array, classes: number): Float64Array {
  const wanted = rowsOf(targets, classes);
  return Float64Array.from(rowsOf(logits, classes), (row, r) => -dot(wanted[r]!, logSoftmax(row)));
}

/** Batch and heads are one leading axis here: they do not mix. */
export function attention(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  { queries, keys, dim, valueDim }: { queries: number; keys: number; dim: number; valueDim: number },
  scale: number,
): Float64Array {
  const [keySets, valueSets] = [rowsOf(k, keys * dim), rowsOf(v, keys * valueDim)];
  const perHead = rowsOf(q, queries * dim).map((head, h) =>
    mapRows(head, dim, (query) => {
      const scores = Float64Array.from(rowsOf(keySets[h]!, dim), (key) => scale * dot(query, key));
      const weights = logSoftmax(scores).map(Math.exp);
      const values = rowsOf(valueSets[h]!, valueDim);
      return Array.from({ length: valueDim }, (_, j) => sum(weights.map((w, n) => w * values[n]![j]!)));
    }),
  );
  return Float64Array.from(perHead.flatMap((head) => [...head]));
}
