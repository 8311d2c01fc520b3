import type { Variant } from '../src/index.js';

type Matrix = number[][];

/** One image: features and positions of its 2N tokens. */
export interface BruteForceImage {
  features: Matrix;
  positions: Matrix;
  init: number[];
}

export interface BruteForceOptions {
  variant: Variant;
  posAlpha: number;
  iterations: number;
  kMeans?: boolean;
}

/** Joint clustering in plain loops and float64, written from the equations; the labels of every iteration and image. */
export function bruteForceLabels(images: BruteForceImage[], options: BruteForceOptions): number[][][] {
  const { variant, posAlpha, iterations, kMeans = false } = options;
  let states = images.map(({ features, positions, init }) => ({
    features: features.map(unit),
    positions,
    members: init.map((index) => [index]),
    marginal: init.map(() => 1 / init.length),
  }));
  const history: number[][][] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const costs = states.map(({ features, positions, members }) => {
      const centroids = members.map((indices) =>
        unit(
          sumOf(
            indices.map((n) => features[n]!),
            features[0]!.length,
          ),
        ),
      );
      const position = positionalCost(positions, members, variant);
      return features.map((f, n) => centroids.map((c, k) => -dot(f, c) + posAlpha * position[n]![k]!));
    });
    const flat = costs.flat(2);
    const scaled = costs.map((cost) => minMax(cost, variant === 'paper' ? cost.flat() : flat));
    const labels = scaled.map((cost, b) =>
      (kMeans ? cost.map((row) => row.map((v) => -v)) : transport(cost, states[b]!.marginal)).map(argMax),
    );
    states = states.map((state, b) => {
      const members = state.members.map((_, k) => labels[b]!.flatMap((label, n) => (label === k ? [n] : [])));
      const counts = members.map((indices) => indices.length + 0.01);
      const total = counts.reduce((a, c) => a + c);
      const marginal = variant === 'released' ? counts.map((c) => c / total) : state.marginal;
      return { ...state, members, marginal };
    });
    history.push(labels);
  }
  return history;
}

function positionalCost(positions: Matrix, members: number[][], variant: Variant): Matrix {
  const distances = positions.map((p) =>
    members.map((indices) => {
      const toMembers = indices.map((l) => Math.hypot(p[0]! - positions[l]![0]!, p[1]! - positions[l]![1]!));
      return Math.min(...toMembers.filter((d) => variant === 'paper' || d !== 0));
    }),
  );
  const all = distances.flat().map((d) => (Number.isFinite(d) ? d : 0));
  const mean = all.reduce((a, d) => a + d, 0) / all.length;
  const filled = distances.map((row) => row.map((d) => (Number.isFinite(d) ? d : mean)));
  const largest = Math.max(...filled.flat()) || 1;
  return filled.map((row) => row.map((d) => d / largest));
}

function minMax(cost: Matrix, range: number[]): Matrix {
  const lowest = Math.min(...range);
  const highest = Math.max(...range);
  return cost.map((row) => row.map((v) => (v - lowest) / (highest - lowest || 1)));
}

function transport(cost: Matrix, marginal: number[]): Matrix {
  let plan = cost.map((row) => row.map((v) => Math.exp(-20 * v)));
  for (let iteration = 0; iteration < 5; iteration++) {
    plan = plan.map((row) => row.map((p) => p / (plan.length * row.reduce((a, q) => a + q))));
    const columns = marginal.map((_, k) => plan.reduce((a, row) => a + row[k]!, 0));
    plan = plan.map((row) => row.map((p, k) => (p * marginal[k]!) / columns[k]!));
  }
  return plan;
}

const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const argMax = (row: number[]) => row.indexOf(Math.max(...row));
const sumOf = (rows: Matrix, width: number) =>
  Array.from({ length: width }, (_, i) => rows.reduce((a, r) => a + r[i]!, 0));
const unit = (v: number[]) => {
  const length = Math.max(Math.sqrt(dot(v, v)), 1e-12);
  return v.map((x) => x / length);
};
