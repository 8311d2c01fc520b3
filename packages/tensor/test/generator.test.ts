import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';

const draws = (rng: Generator, n: number) => Array.from({ length: n }, () => rng.uniform());
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const correlation = (a: readonly number[], b: readonly number[]) =>
  mean(a.map((x, i) => 12 * (x - 0.5) * (b[i]! - 0.5)));

describe('Generator', () => {
  it('repeats itself from the same seed, a number or a text', () => {
    expect(draws(Generator.fromSeed(3), 5)).toEqual(draws(Generator.fromSeed(3), 5));
    expect(draws(Generator.fromSeed('run'), 5)).toEqual(draws(Generator.fromSeed('run'), 5));
    expect(draws(Generator.fromSeed(3), 5)).not.toEqual(draws(Generator.fromSeed(4), 5));
  });

  it('gives unrelated first draws to neighbouring seeds and labels', () => {
    const firsts = Array.from({ length: 2000 }, (_, seed) => Generator.fromSeed(seed).uniform());
    const children = Array.from({ length: 2000 }, (_, label) => Generator.fromSeed(0).split(label).uniform());
    for (const values of [firsts, children]) {
      expect(mean(values)).toBeGreaterThan(0.47);
      expect(mean(values)).toBeLessThan(0.53);
      expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(0.1);
    }
  });

  it('splits into children that depend on seed and label alone', () => {
    const parent = Generator.fromSeed(1);
    const early = draws(parent.split('a'), 5);
    draws(parent, 100);
    expect(draws(parent.split('a'), 5)).toEqual(early);
    expect(draws(parent.split('b'), 5)).not.toEqual(early);
    expect(draws(Generator.fromSeed(2).split('a'), 5)).not.toEqual(early);
  });

  it('does not advance by splitting', () => {
    const [plain, split] = [Generator.fromSeed(5), Generator.fromSeed(5)];
    split.split('child').uniform();
    expect(draws(split, 5)).toEqual(draws(plain, 5));
  });

  it('gives children uncorrelated with each other and with their parent', () => {
    const parent = Generator.fromSeed(9);
    const streams = [parent.split(0), parent.split(1), parent].map((rng) => draws(rng, 5000));
    expect(Math.abs(correlation(streams[0]!, streams[1]!))).toBeLessThan(0.06);
    expect(Math.abs(correlation(streams[0]!, streams[2]!))).toBeLessThan(0.06);
  });

  it('resumes from its state through JSON, with the same children', () => {
    const rng = Generator.fromSeed('resume').split('epoch');
    rng.normal();
    const resumed = Generator.fromState(JSON.parse(JSON.stringify(rng.state())));
    expect(draws(resumed, 10)).toEqual(draws(rng, 10));
    expect(draws(resumed.split(1), 5)).toEqual(draws(rng.split(1), 5));
  });

  it('draws uniform, normal, whole and boolean values', () => {
    const rng = Generator.fromSeed(11);
    const uniform = Array.from({ length: 5000 }, () => rng.uniform(2, 4));
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...uniform)).toBeLessThan(4);
    expect(mean(uniform)).toBeCloseTo(3, 1);
    const normal = Array.from({ length: 5000 }, () => rng.normal(1, 2));
    expect(Math.abs(mean(normal) - 1)).toBeLessThan(0.15);
    expect(Math.abs(Math.sqrt(mean(normal.map((x) => (x - 1) ** 2))) - 2)).toBeLessThan(0.1);
    const whole = Array.from({ length: 300 }, () => rng.int(3));
    expect(new Set(whole)).toEqual(new Set([0, 1, 2]));
    const share = mean(Array.from({ length: 5000 }, () => (rng.bernoulli(0.2) ? 1 : 0)));
    expect(Math.abs(share - 0.2)).toBeLessThan(0.03);
    expect(Array.from({ length: 50 }, () => [rng.bernoulli(0), rng.bernoulli(1)])).toEqual(
      new Array(50).fill([false, true]),
    );
  });

  it('permutes and chooses without replacement', () => {
    const rng = Generator.fromSeed(2);
    expect([...rng.permutation(20)].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const chosen = rng.choice(10, 4);
    expect(new Set(chosen).size).toBe(4);
    expect(Math.max(...chosen)).toBeLessThan(10);
    expect(() => rng.choice(3, 4)).toThrow('k: got 4, wanted at most n = 3');
  });

  it('chooses every element equally often', () => {
    const rng = Generator.fromSeed(8);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 4000; i++) for (const index of rng.choice(5, 2)) counts[index]!++;
    for (const count of counts) expect(Math.abs(count - 1600)).toBeLessThan(150);
  });
});

onBackends(['cpu', 'onnxruntime'], () => {
  it('fills tensors with truncated normal and uniform values', async () => {
    const normal = Generator.fromSeed(4).truncNormal([50, 100]);
    expect([normal.shape, normal.dtype]).toEqual([[50, 100], 'float32']);
    const values = Array.from(await normal.data());
    expect(Math.sqrt(mean(values.map((x) => x * x)))).toBeCloseTo(0.02, 3);
    const cut = Generator.fromSeed(4).truncNormal([1000], { std: 1, a: -0.5, b: 1 });
    const cutValues = await cut.data();
    expect(Math.min(...cutValues)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...cutValues)).toBeLessThanOrEqual(1);
    const uniform = Generator.fromSeed(4).uniformTensor([1000]);
    expect(mean(Array.from(await uniform.data()))).toBeCloseTo(0.5, 1);
    tf.dispose([normal, cut, uniform]);
  });
});
