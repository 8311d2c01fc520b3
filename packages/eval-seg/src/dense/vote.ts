/** How neighbours vote for their labels: by similarity, `exp(similarity / temperature)`, or one vote each. */
export type Vote = 'softmax' | 'majority';

export interface VoteOptions {
  readonly vote: Vote;
  /** Temperature of the `softmax` vote. */
  readonly temperature: number;
  /** Number of classes. */
  readonly classes: number;
}

/**
 * Class scores of queries from their neighbours (Sec. 4.1); the scores of a query sum to 1.
 * @param neighbours `[queries, k]` rows and similarities, best first; rows of -1 do not vote
 * @param labels `[memory rows]` class ids
 * @returns `[queries, classes]`
 */
export function voteScores(
  neighbours: { readonly indices: Int32Array; readonly similarities: Float32Array },
  labels: Uint8Array,
  k: number,
  { vote, temperature, classes }: VoteOptions,
): Float32Array {
  const { indices, similarities } = neighbours;
  const queries = indices.length / k;
  const scores = new Float32Array(queries * classes);
  const weights = new Float64Array(classes);
  for (let q = 0; q < queries; q++) {
    weights.fill(0);
    let total = 0;
    const best = similarities[q * k]!;
    for (let i = q * k; i < (q + 1) * k && indices[i]! >= 0; i++) {
      const weight = vote === 'majority' ? 1 : Math.exp((similarities[i]! - best) / temperature);
      weights[labels[indices[i]!]!]! += weight;
      total += weight;
    }
    for (let c = 0; c < classes; c++) scores[q * classes + c] = weights[c]! / total;
  }
  return scores;
}

/**
 * The class with the highest score of every row; the smallest id wins ties.
 * @param scores `[rows, classes]`
 * @returns `[rows]`
 */
export function argmaxScores(scores: Float32Array, classes: number): Uint8Array {
  const labels = new Uint8Array(scores.length / classes);
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (scores[row * classes + c]! > scores[row * classes + best]!) best = c;
    }
    labels[row] = best;
  }
  return labels;
}
