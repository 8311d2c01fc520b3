/** What a cosine schedule with linear warm-up needs; all lengths are in epochs. */
export interface CosineSchedule {
  base: number;
  final: number;
  epochs: number;
  stepsPerEpoch: number;
  warmupEpochs?: number;
  /** The first value of the warm-up. */
  warmupStart?: number;
}

/**
 * The value at global step `step`: a linear warm-up that includes both of its ends (so its last value is `base`),
 * then `final + (base - final)/2 · (1 + cos(π i / n))` over the remaining n steps; `final` itself is never reached.
 */
export function cosineAt(step: number, schedule: CosineSchedule): number {
  const { base, final, epochs, stepsPerEpoch, warmupEpochs = 0, warmupStart = 0 } = schedule;
  const warmup = warmupEpochs * stepsPerEpoch;
  if (step < warmup) return linspaceAt(warmupStart, base, warmup, step);
  const remaining = epochs * stepsPerEpoch - warmup;
  return final + 0.5 * (base - final) * (1 + Math.cos((Math.PI * (step - warmup)) / remaining));
}

/** Element `index` of `count` evenly spaced values from `start` to `stop`, both included. */
export function linspaceAt(start: number, stop: number, count: number, index: number): number {
  return count <= 1 ? start : start + ((stop - start) * index) / (count - 1);
}

/**
 * The weight of the positional cue in `epoch`, moving linearly from `first` to `last`.
 * The authors' code passes its two bounds in reverse order; there, `posAlpha: [a, b]` of the code is `[b, a]` here.
 */
export function posAlphaAt(epoch: number, [first, last]: readonly [number, number], epochs: number): number {
  return linspaceAt(first, last, epochs, epoch);
}
