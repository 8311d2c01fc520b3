/** How the learning rate falls: as a power of 0.9 of what is left (mmsegmentation's `poly`), or along half a cosine. */
export type RateSchedule = 'poly' | 'cosine';

/**
 * The learning rate of one iteration: from `peak` at iteration 0 towards `peak * minFactor` at the end.
 * @param iteration 0 … iterations - 1
 */
export function scheduledRate(
  schedule: RateSchedule,
  peak: number,
  iteration: number,
  { iterations, minFactor }: { readonly iterations: number; readonly minFactor: number },
): number {
  const done = iteration / iterations;
  const share = schedule === 'poly' ? (1 - done) ** 0.9 : (1 + Math.cos(Math.PI * done)) / 2;
  return peak * (minFactor + (1 - minFactor) * share);
}
