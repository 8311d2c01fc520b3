import type { Generator } from '@cribo/tensor';
import { batches } from '../batches.js';

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
  let order: { epoch: number; images: Int32Array } | undefined;
  // Places are asked for in order.
  const loadPlace = (place: number) => {
    const epoch = Math.floor(place / length);
    if (order?.epoch !== epoch) order = { epoch, images: rng.split(`order ${epoch}`).permutation(length) };
    return load(order.images[place % length]!, rng.split(`sample ${place}`));
  };
  for await (const { items } of batches(iterations * batchSize, batchSize, loadPlace)) yield items;
}
