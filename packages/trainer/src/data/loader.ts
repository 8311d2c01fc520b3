import { BatchMaker, type BatchMakerOptions, type BatchUnderWay, type LoadedBatch } from './batch-maker.js';
import { loaderGenerator } from './row.js';

export interface LoaderOptions extends BatchMakerOptions {
  batchSize: number;
  /** Batches prepared ahead of the one in use. */
  prefetch: number;
}

export interface Loader {
  /**
   * The batches of an epoch from number `firstBatch` on; the last incomplete batch is left out. One epoch is read at a
   * time. While its last batches are in use the first ones of the next epoch are prepared.
   */
  epoch(epoch: number, firstBatch?: number): AsyncGenerator<LoadedBatch>;
  /** The images at these places of an epoch's order, as one batch (B = `slots.length`), with the views they get there. */
  rows(epoch: number, slots: readonly number[]): Promise<LoadedBatch>;
  /** Ends the worker threads, after the images under way. An epoch may be left before its end. */
  close(): Promise<void>;
}

/**
 * Reads, decodes and augments images batch by batch, ahead of their use; worker threads go on while the calling thread is
 * busy. What a batch holds depends on the seed, the epoch and its number alone, not on the workers or on what was loaded
 * before. In place of an unreadable image comes the next readable one of the epoch's order.
 */
export function createLoader(options: LoaderOptions): Loader {
  const { entries, batchSize, prefetch, seed } = options;
  const maker = new BatchMaker(options);
  const batchesPerEpoch = Math.floor(entries.length / batchSize);
  /** The batches under way that come next, without a gap, numbered through all epochs. */
  const ahead: { number: number; batch: BatchUnderWay }[] = [];

  let latest: { epoch: number; order: Int32Array } | undefined;
  function orderOf(epoch: number): Int32Array {
    if (latest?.epoch !== epoch) {
      latest = { epoch, order: loaderGenerator(seed).split(epoch).permutation(entries.length) };
    }
    return latest.order;
  }

  function start(number: number): BatchUnderWay {
    const epoch = Math.floor(number / batchesPerEpoch);
    const first = (number % batchesPerEpoch) * batchSize;
    const slots = Array.from({ length: batchSize }, (_, i) => first + i);
    return maker.start(epoch, orderOf(epoch), slots);
  }

  /** Has `prefetch` batches from `number` on under way. */
  function prepare(number: number): void {
    if (ahead[0]?.number !== number) for (const { batch } of ahead.splice(0)) batch.discard();
    while (ahead.length < prefetch) ahead.push({ number: number + ahead.length, batch: start(number + ahead.length) });
  }

  async function take(number: number): Promise<LoadedBatch> {
    prepare(number);
    const batch = await ahead.shift()!.batch.finish();
    prepare(number + 1);
    return batch;
  }

  return {
    async *epoch(epoch, firstBatch = 0) {
      for (let i = firstBatch; i < batchesPerEpoch; i++) yield await take(epoch * batchesPerEpoch + i);
    },
    async rows(epoch, slots) {
      const wrong = slots.find((slot) => !Number.isInteger(slot) || slot < 0 || slot >= entries.length);
      if (wrong !== undefined)
        throw new Error(`slots: got ${wrong}, wanted whole numbers from 0 to ${entries.length - 1}`);
      return maker.start(epoch, orderOf(epoch), slots).finish();
    },
    close: () => maker.close(),
  };
}
