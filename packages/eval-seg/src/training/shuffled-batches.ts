import type { Generator } from '@cribo/tensor';
import { allInOrder } from '../all-in-order.js';

export interface ShuffledBatchOptions<T> {
  /** Number of images. */
  readonly length: number;
  readonly batchSize: number;
  readonly iterations: number;
  /** Makes image number `index` ready for training; what it draws comes from `rng`. */
  readonly load: (index: number, rng: Generator) => Promise<T>;
}

/**
 * The batches of a training run: images in an order shuffled anew for every pass over the data set, each with a generator of its own, so
 * that the batches depend on the seed alone. The next batch is loaded while one is in use.
 */
export async function* shuffledBatches<T>(
  { length, batchSize, iterations, load }: ShuffledBatchOptions<T>,
  rng: Generator,
): AsyncGenerator<T[]> {
  const orders = new Map<number, Int32Array>();
  const imageAt = (place: number) => {
    const epoch = Math.floor(place / length);
    if (!orders.has(epoch)) {
      orders.delete(epoch - 2);
      orders.set(epoch, rng.split(`order ${epoch}`).permutation(length));
    }
    return orders.get(epoch)![place % length]!;
  };
  const loadBatch = (iteration: number) =>
    allInOrder(
      Array.from({ length: batchSize }, (_, i) => {
        const place = iteration * batchSize + i;
        return load(imageAt(place), rng.split(`sample ${place}`));
      }),
    );
  let next = loadBatch(0);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const batch = await next;
    if (iteration + 1 < iterations) {
      next = loadBatch(iteration + 1);
      // A failure to decode is reported where the batch is awaited.
      next.catch(() => undefined);
    }
    yield batch;
  }
}
