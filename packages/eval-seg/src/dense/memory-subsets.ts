import { Generator } from '@cribo/tensor';
import { checkWhole } from '../checks.js';

/** A part of the memory images that one run of the retrieval may use. */
export interface MemorySubset {
  /** One image out of `factor` is kept. */
  readonly factor: number;
  /** Seed of the draw; `null` for the whole memory, which is not drawn. */
  readonly seed: number | null;
  /** Images kept, ascending. */
  readonly images: Int32Array;
}

/**
 * The sub-sampled memories of Table 1: for every factor `round(images / factor)` images (at least one), drawn without
 * replacement once per seed `0 … seeds - 1`; factor 1 is the whole memory, once.
 * @throws Error if there is no factor or one below 1, or if `seeds` is not a positive whole number.
 */
export function memorySubsets(imageCount: number, factors: readonly number[], seeds: number): MemorySubset[] {
  checkWhole('seeds', seeds);
  if (factors.length === 0) throw new Error('subsampling: got no factors, wanted at least one');
  return factors.flatMap((factor): MemorySubset[] => {
    if (!(factor >= 1)) throw new Error(`subsampling: got ${factor}, wanted factors of at least 1`);
    if (factor === 1) return [{ factor, seed: null, images: Int32Array.from({ length: imageCount }, (_, i) => i) }];
    const kept = Math.max(1, Math.round(imageCount / factor));
    return Array.from({ length: seeds }, (_, seed) => {
      const rng = Generator.fromSeed(seed).split(`memory 1/${factor}`);
      return { factor, seed, images: rng.choice(imageCount, kept).sort() };
    });
  });
}
