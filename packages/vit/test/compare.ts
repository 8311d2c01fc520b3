import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Asserts that every entry is within `tolerance` · max(1, the largest expected one). */
export async function expectCloseTo(actual: Tensor, expected: ArrayLike<number>, tolerance: number, what = '') {
  const values = await actual.data();
  expect(values.length, what).toBe(expected.length);
  let [worst, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    // A NaN must not slip through the maximum.
    const error = Math.abs(values[i]! - expected[i]!);
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  expect(worst / scale, what).toBeLessThanOrEqual(tolerance);
}
