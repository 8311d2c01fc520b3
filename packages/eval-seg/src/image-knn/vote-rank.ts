export interface VoteRankOptions {
  /** Neighbours that vote, the nearest ones. */
  readonly k: number;
  readonly temperature: number;
  readonly classes: number;
}

/**
 * The place of the true class among all classes, 0 for the first, when neighbours vote with `exp(similarity / temperature)`. Of equal
 * votes (also of none at all) the smaller class id comes first.
 * @param neighbours labels and similarities, most similar first
 */
export function voteRank(
  neighbours: { readonly labels: ArrayLike<number>; readonly similarities: ArrayLike<number> },
  truth: number,
  { k, temperature, classes }: VoteRankOptions,
): number {
  const votes = new Float64Array(classes);
  const count = Math.min(k, neighbours.labels.length);
  for (let i = 0; i < count; i++) {
    // Relative to the nearest one: a factor that all votes share, and no overflow.
    votes[neighbours.labels[i]!]! += Math.exp(
      (neighbours.similarities[i]! - neighbours.similarities[0]!) / temperature,
    );
  }
  let rank = 0;
  for (let c = 0; c < classes; c++) {
    if (votes[c]! > votes[truth]! || (votes[c] === votes[truth] && c < truth)) rank++;
  }
  return rank;
}
