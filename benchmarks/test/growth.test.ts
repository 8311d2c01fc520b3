import { describe, expect, it } from 'vitest';
import { growth } from '../src/figures/growth.js';
import { thinned, trend } from '../src/figures/trend.js';

const curve = (sizes: number[], f: (size: number) => number) => sizes.map((size) => ({ size, value: f(size) }));

describe('the growth of a value', () => {
  it('is the exponent of a power', () => {
    const { exponent, exponentAtEnd, r2 } = growth(curve([49, 196, 784], (n) => 3e-4 * n ** 1.5))!;
    expect(exponent).toBeCloseTo(1.5, 10);
    expect(exponentAtEnd).toBeCloseTo(1.5, 10);
    expect(r2).toBeCloseTo(1, 10);
  });

  it('shows fixed costs as an exponent below 1 that rises towards the end', () => {
    const { exponent, exponentAtEnd, r2 } = growth(curve([1, 2, 4, 8, 16, 32], (n) => 10 + n))!;
    expect(exponent).toBeLessThan(0.5);
    expect(exponentAtEnd).toBeCloseTo(Math.log2(42 / 26), 10);
    expect(r2).toBeLessThan(1);
  });

  it('is 0 for what stays the same', () => {
    expect(growth(curve([1, 2, 4], () => 7))).toEqual({ exponent: 0, exponentAtEnd: 0, r2: 1 });
  });

  it('does not depend on the order, and leaves out what has no logarithm', () => {
    const points = curve([4, 1, 2, 8], (n) => (n === 1 ? -3 : n ** 2));
    expect(growth(points)!.exponent).toBeCloseTo(2, 10);
  });

  it('needs three sizes', () => {
    expect(growth(curve([1, 2], (n) => n))).toBeUndefined();
    expect(growth(curve([2, 2, 2], (n) => n))).toBeUndefined();
  });
});

describe('the trend of a long run', () => {
  it('leaves the first quarter out, in which a run takes what it needs', () => {
    const memory = [100, 300, 500, 700, ...Array.from({ length: 12 }, () => 900)];
    expect(trend(memory, 0.03)).toEqual({ before: 900, after: 900, grew: false });
  });

  it('sees what goes on growing', () => {
    const tensors = Array.from({ length: 500 }, (_, step) => 645 + Math.floor(step / 100));
    expect(trend(tensors, 0)).toMatchObject({ before: 646, after: 649, grew: true });
  });

  it('allows what is measured to vary', () => {
    const memory = Array.from({ length: 100 }, (_, step) => 1000 + 20 * Math.sin(step) + (step > 70 ? 10 : 0));
    expect(trend(memory, 0.03).grew).toBe(false);
    expect(trend(memory, 0).grew).toBe(true);
  });

  it('has an answer for a run of one step', () => {
    expect(trend([5], 0)).toEqual({ before: 5, after: 5, grew: false });
  });

  it('is drawn from few of many points, the first and the last among them', () => {
    expect(thinned(3, 50)).toEqual([0, 1, 2]);
    const places = thinned(505, 50);
    expect(places).toHaveLength(50);
    expect([places[0], places.at(-1)]).toEqual([0, 504]);
  });
});
