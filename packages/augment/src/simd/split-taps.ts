import type { Taps } from '../resample-taps.js';

const SPLIT = 12;

/** Taps as the kernels read them: as many for every output, and each weight split into `high * 2^12 + low`. */
export interface SplitTaps {
  /** Offset in bytes of the first tap of every output. */
  readonly starts: Uint32Array;
  /** `[outputs, taps]`; taps that do not exist weigh 0. */
  readonly high: Int16Array;
  readonly low: Int16Array;
  readonly taps: number;
}

/**
 * @param unit bytes from one tap to the next
 * @param outputs how many there shall be; those beyond the end weigh nothing
 * @param multiple what the number of taps must be a multiple of
 * @param reversed whether the last output comes first
 */
export function splitTaps(taps: Taps, unit: number, outputs: number, multiple: number, reversed = false): SplitTaps {
  const { start, count, weights, stride } = taps;
  const padded = Math.ceil(count.reduce((most, next) => Math.max(most, next)) / multiple) * multiple;
  const starts = new Uint32Array(outputs);
  const high = new Int16Array(outputs * padded);
  const low = new Int16Array(outputs * padded);
  for (let o = 0; o < start.length; o++) {
    const from = reversed ? start.length - 1 - o : o;
    starts[o] = start[from]! * unit;
    for (let t = 0; t < count[from]!; t++) {
      const weight = weights[from * stride + t]!;
      high[o * padded + t] = weight >> SPLIT;
      low[o * padded + t] = weight & (2 ** SPLIT - 1);
    }
  }
  return { starts, high, low, taps: padded };
}
