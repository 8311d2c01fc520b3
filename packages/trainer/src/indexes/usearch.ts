import type { CreateIndex, FeatureRows } from '@cribo/eval-seg';

/** Links of a node of the graph, and candidates looked at when a row is added and when one is searched. */
const connectivity = 16;
const expansion = 128;

/** An HNSW graph of the package usearch by inner product, in float32, on all cores. The order of their work may change a few neighbours. */
export function usearchIndex({ Index, MetricKind, ScalarKind }: typeof import('usearch')): CreateIndex {
  return (dim) => {
    const index = new Index({
      dimensions: dim,
      metric: MetricKind.IP,
      quantization: ScalarKind.F32,
      connectivity,
      expansion_add: expansion,
      expansion_search: expansion,
      multi: false,
    });
    let added = 0;
    return {
      add({ values, rows }: FeatureRows) {
        const numbers = BigUint64Array.from({ length: rows }, (_, i) => BigInt(added + i));
        index.add(numbers, values, allCores);
        added += rows;
      },
      nearest({ values, rows }: FeatureRows, k: number) {
        const indices = new Int32Array(rows * k).fill(-1);
        const similarities = new Float32Array(rows * k).fill(Number.NEGATIVE_INFINITY);
        const found = searchAll(index, values, rows, k);
        for (let q = 0; q < rows; q++) {
          const { keys, distances } = found(q);
          for (let i = 0; i < keys.length; i++) {
            indices[q * k + i] = Number(keys[i]);
            // The distance of usearch is 1 - the inner product.
            similarities[q * k + i] = 1 - distances[i]!;
          }
        }
        return { indices, similarities };
      },
    };
  };
}

const allCores = 0;

type UsearchIndex = InstanceType<typeof import('usearch')['Index']>;
type Matches = Pick<InstanceType<typeof import('usearch')['Matches']>, 'keys' | 'distances'>;

/** The matches of query number `q`. One query alone gets them as they are, several as one batch. */
function searchAll(index: UsearchIndex, values: Float32Array, rows: number, k: number): (q: number) => Matches {
  if (rows === 1) {
    const matches = index.search(values, k, allCores);
    return () => matches;
  }
  const dim = values.length / rows;
  const batch = index.search(
    Array.from({ length: rows }, (_, q) => values.subarray(q * dim, (q + 1) * dim)),
    k,
    allCores,
  );
  return (q) => batch.get(q);
}
