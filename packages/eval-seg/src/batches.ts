import { allInOrder } from './all-in-order.js';

/** Some of the items of a data set, in order. */
export interface Batch<T> {
  /** Number of the first item. */
  readonly first: number;
  readonly items: T[];
}

/**
 * What `load` gives for 0 … length - 1, `batchSize` at a time; the last batch may be smaller. While one is in use, the next is
 * loaded; a failure is thrown where its batch is due, and never if the consumer stops before.
 */
export async function* batches<T>(
  length: number,
  batchSize: number,
  load: (index: number) => Promise<T>,
): AsyncGenerator<Batch<T>> {
  const loadFrom = (first: number) =>
    allInOrder(Array.from({ length: Math.min(batchSize, length - first) }, (_, i) => load(first + i)));
  let next = loadFrom(0);
  for (let first = 0; first < length; first += batchSize) {
    const items = await next;
    if (first + batchSize < length) {
      next = loadFrom(first + batchSize);
      next.catch(() => undefined);
    }
    yield { first, items };
  }
}
