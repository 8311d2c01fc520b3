/**
 * The draws that augmentation needs. `Generator` of `@cribo/tensor` fits, and so does any seeded generator with these
 * four methods; nothing in this package draws from anywhere else.
 */
export interface Random {
  /** A number in `[low, high)`. */
  uniform(low: number, high: number): number;
  /** A whole number in `0 … n - 1`. */
  int(n: number): number;
  /** True with the given probability. */
  bernoulli(probability: number): boolean;
  /** The numbers `0 … n - 1` in random order. */
  permutation(n: number): ArrayLike<number>;
}
