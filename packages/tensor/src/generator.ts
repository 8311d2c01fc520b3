import * as tf from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A generator's exact state, as plain JSON. */
export interface GeneratorState {
  /** The seed and the labels of the splits that led here. */
  path: string;
  state: number[];
}

/**
 * A seeded, splittable random number generator (xoroshiro128+). Every random draw of these packages takes one, so a run
 * is repeatable and independent parts can draw in any order: `split` gives a child whose stream depends only on the
 * seed and the labels, not on how much its parent has drawn.
 */
export class Generator {
  readonly #path: string;
  readonly #source: RandomGenerator;

  private constructor(path: string, source: RandomGenerator) {
    this.#path = path;
    this.#source = source;
  }

  static fromSeed(seed: number | string): Generator {
    return Generator.#fromPath(String(seed));
  }

  static fromState({ path, state }: GeneratorState): Generator {
    return new Generator(path, xoroshiro128plusFromState(state));
  }

  static #fromPath(path: string): Generator {
    const source = xoroshiro128plus(hash(path));
    // Close seeds give correlated first draws.
    for (let i = 0; i < 16; i++) source.next();
    return new Generator(path, source);
  }

  /** An independent generator named `label`; does not advance this one. */
  split(label: string | number): Generator {
    return Generator.#fromPath(`${this.#path}/${label}`);
  }

  state(): GeneratorState {
    return { path: this.#path, state: [...this.#source.getState()] };
  }

  /** A number in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.#source);
  }

  /** A normally distributed number (Box–Muller). */
  normal(mean = 0, std = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + std * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number in 0 … n−1. */
  int(n: number): number {
    return uniformInt(this.#source, 0, n - 1);
  }

  /** True with the given probability. */
  bernoulli(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** The numbers 0 … n−1 in random order. */
  permutation(n: number): Int32Array {
    return this.choice(n, n);
  }

  /** k different numbers of 0 … n−1 in random order. */
  choice(n: number, k: number): Int32Array {
    if (k > n) throw new Error(`k: got ${k}, wanted at most n = ${n} for a choice without replacement`);
    const pool = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < k; i++) {
      const j = i + this.int(n - i);
      const picked = pool[j]!;
      pool[j] = pool[i]!;
      pool[i] = picked;
    }
    return pool.slice(0, k);
  }

  /** A float32 tensor of normal draws N(0, std²), drawn again while outside [a, b]. */
  truncNormal(shape: number[], { std = 0.02, a = -2, b = 2 } = {}): tf.Tensor {
    return this.#tensor(shape, () => {
      for (;;) {
        const value = this.normal(0, std);
        if (value >= a && value <= b) return value;
      }
    });
  }

  /** A float32 tensor of draws from [0, 1). */
  uniformTensor(shape: number[]): tf.Tensor {
    return this.#tensor(shape, () => this.uniform());
  }

  #tensor(shape: number[], draw: () => number): tf.Tensor {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    for (let i = 0; i < values.length; i++) values[i] = draw();
    return tf.tensor(values, shape, 'float32');
  }
}

/** FNV-1a with a final avalanche, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
