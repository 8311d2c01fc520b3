import { InputError } from '@cribo/trainer';
import { describe, expect, it } from 'vitest';
import { loadingShare } from '../src/figures/loading-share.js';

/** Steps of 300 ms, each after a wait of 20 ms and before records of 5 ms; the first waits two seconds for the loader. */
function metrics(steps: number): string[] {
  let time = 1_000_000;
  const lines = Array.from({ length: steps }, (_, step) => {
    const dataMs = step === 0 ? 2000 : 20;
    time += dataMs + 300 + 5;
    return JSON.stringify({ step, time, dataMs, stepMs: 300, rssMiB: 900 + step });
  });
  return [...lines, ''];
}

describe('the speed of a run from its metrics', () => {
  it('counts images over elapsed time, and what of it was spent waiting', () => {
    const share = loadingShare(metrics(11), 32, 1);
    expect(share.steps).toBe(10);
    expect(share.imagesPerSecond).toBeCloseTo(32_000 / 325, 6);
    expect(share.waitingShare).toBeCloseTo(20 / 325, 6);
    expect(share.stepShare).toBeCloseTo(300 / 325, 6);
    expect(share.stepMs).toBe(300);
    expect(share.rssMiB).toBe(910);
  });

  it('is refused where too few steps follow the warm-up', () => {
    expect(() => loadingShare(metrics(4), 32, 3)).toThrow(InputError);
    expect(() => loadingShare(metrics(4), 32, 3)).toThrow(
      'The run has 4 steps, expected at least 5: 3 to warm up and two to measure.',
    );
  });
});
