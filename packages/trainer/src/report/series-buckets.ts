/** The average of a series over consecutive steps. */
export interface BucketedSeries {
  /** Mean, least and greatest value per bucket; null where the bucket has no value. */
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

/**
 * Reduces series of any length to at most `capacity` points while they are read: steps fall into buckets of equal width,
 * and whenever they no longer fit, the width is doubled and neighbours are merged.
 */
export class SeriesBuckets<Key extends string> {
  readonly #keys: readonly Key[];
  readonly #capacity: number;
  #width = 1;
  #firstStep: number | undefined;
  #buckets: Bucket[] = [];

  constructor(keys: readonly Key[], capacity: number) {
    this.#keys = keys;
    this.#capacity = capacity;
  }

  /** Steps per point. */
  get width(): number {
    return this.#width;
  }

  /** Adds the values of a step; those that are no finite number are left out. Steps come in ascending order. */
  add(step: number, values: Partial<Record<Key, unknown>>): void {
    this.#firstStep ??= step;
    while (step - this.#firstStep >= this.#capacity * this.#width) this.#halve();
    const index = Math.floor((step - this.#firstStep) / this.#width);
    let bucket = this.#buckets.at(-1);
    if (bucket?.index !== index) {
      bucket = { index, stats: this.#keys.map(() => ({ count: 0, sum: 0, min: Infinity, max: -Infinity })) };
      this.#buckets.push(bucket);
    }
    for (const [i, key] of this.#keys.entries()) {
      const value = values[key];
      if (typeof value === 'number' && Number.isFinite(value)) addTo(bucket.stats[i]!, value);
    }
  }

  /** The step in the middle of every bucket, where its mean is drawn. */
  steps(): number[] {
    return this.#buckets.map(({ index }) => this.#firstStep! + index * this.#width + (this.#width - 1) / 2);
  }

  series(key: Key): BucketedSeries {
    const stats = this.#buckets.map(({ stats }) => stats[this.#keys.indexOf(key)]!);
    const where = (value: (stat: Stat) => number) => stats.map((stat) => (stat.count === 0 ? null : value(stat)));
    return { mean: where(({ sum, count }) => sum / count), min: where(({ min }) => min), max: where(({ max }) => max) };
  }

  #halve(): void {
    this.#width *= 2;
    const merged: Bucket[] = [];
    for (const { index, stats } of this.#buckets) {
      const half = Math.floor(index / 2);
      const last = merged.at(-1);
      if (last?.index === half) for (const [i, stat] of stats.entries()) merge(last.stats[i]!, stat);
      else merged.push({ index: half, stats });
    }
    this.#buckets = merged;
  }
}

interface Stat {
  count: number;
  sum: number;
  min: number;
  max: number;
}

interface Bucket {
  index: number;
  /** One per key. */
  stats: Stat[];
}

function addTo(stat: Stat, value: number): void {
  merge(stat, { count: 1, sum: value, min: value, max: value });
}

function merge(stat: Stat, other: Stat): void {
  stat.count += other.count;
  stat.sum += other.sum;
  stat.min = Math.min(stat.min, other.min);
  stat.max = Math.max(stat.max, other.max);
}
