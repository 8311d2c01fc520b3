import { median } from './median.js';

/** Whether something went on growing while the same step was taken again and again. */
export interface Trend {
  /** Medians over the second and the last quarter of the run: what a run needs at first is in neither. */
  before: number;
  after: number;
  grew: boolean;
}

/**
 * Compares the last quarter of a run with its second quarter.
 *
 * @param tolerance share by which the later median may exceed the earlier one; 0 for what is counted
 */
export function trend(values: readonly number[], tolerance: number): Trend {
  const quarter = Math.max(1, Math.floor(values.length / 4));
  const second = Math.min(quarter, values.length - 1);
  const before = median(values.slice(second, second + quarter));
  const after = median(values.slice(-quarter));
  return { before, after, grew: after > before * (1 + tolerance) };
}

/** Places of at most `count` values out of `length`, evenly spaced, the first and the last among them. */
export function thinned(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}
