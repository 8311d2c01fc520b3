import { Index, MetricKind } from 'usearch';
import type { FeatureRows, Neighbours } from '../src/index.js';

/** An HNSW index of the package usearch as `CreateIndex` wants it. */
export function hnsw(dim: number) {
  const index = new Index(dim, MetricKind.IP);
  let added = 0;
  return {
    add({ values, rows }: FeatureRows): void {
      index.add(
        BigUint64Array.from({ length: rows }, () => BigInt(added++)),
        values,
      );
    },
    nearest({ values, rows }: FeatureRows, k: number): Neighbours {
      const indices = new Int32Array(rows * k).fill(-1);
      const similarities = new Float32Array(rows * k).fill(Number.NEGATIVE_INFINITY);
      for (let q = 0; q < rows; q++) {
        const { keys, distances } = index.search(values.subarray(q * dim, (q + 1) * dim), k, 1);
        indices.set(Array.from(keys, Number), q * k);
        similarities.set(
          distances.map((distance) => 1 - distance),
          q * k,
        );
      }
      return { indices, similarities };
    },
  };
}
