import type { Taps } from '../resample-taps.js';

const SPLIT = 12;

/** Taps as the kernels read them: two at a time, each weight split into `high * 2^12 + low`. */
export interface TapPairs {
  /** Offset in bytes of the first tap of every output. */
  readonly starts: Uint32Array;
  /** `[outputs, pairs, 4]`: high, high, low, low. Taps that do not exist weigh 0. */
  readonly weights: Int16Array;
  /** Pairs per output. */
  readonly pairs: number;
}

/**
 * @param unit bytes from one tap to the next
 * @param outputs how many there shall be; those beyond the end weigh nothing
 * @param reversed whether the last output comes first
 */
export function tapPairs(taps: Taps, unit: number, outputs: number, reversed = false): TapPairs {
  const { start, count, weights, stride } = taps;
  const pairs = (count.reduce((most, next) => Math.max(most, next)) + 1) >> 1;
  const starts = new Uint32Array(outputs);
  const split = new Int16Array(outputs * pairs * 4);
  for (let o = 0; o < start.length; o++) {
    const from = reversed ? start.length - 1 - o : o;
    starts[o] = start[from]! * unit;
    for (let t = 0; t < count[from]!; t++) {
      const weight = weights[from * stride + t]!;
      const at = (o * pairs + (t >> 1)) * 4 + (t & 1);
      split[at] = weight >> SPLIT;
      split[at + 2] = weight & (2 ** SPLIT - 1);
    }
  }
  return { starts, weights: split, pairs };
}
