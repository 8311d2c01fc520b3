import { type AugmentPolicy, cropPositions, drawView } from '@cribo/augment';
import { decodeImage } from '@cribo/augment/node';
import { Generator } from '@cribo/tensor';
import pLimit from 'p-limit';
import { InputError } from '../errors.js';
import { ImageCache } from './image-cache.js';
import { createViewPool } from './view-pool.js';

export interface LoaderOptions {
  files: readonly string[];
  batchSize: number;
  /** Side of a view in pixels. */
  viewSize: number;
  patchSize: number;
  policy: AugmentPolicy;
  seed: number;
  /** Threads that augment; 0 does it in the calling thread. */
  workers: number;
  /** MiB of decoded images to keep. */
  cacheMegabytes: number;
  /** Stop at the first unreadable image. */
  strict: boolean;
  /** Longest side in pixels; larger images are reduced while decoding. Changes the pixels. */
  decodeMaxSide?: number;
  /** Called once for every image that cannot be read. */
  onSkip?: (file: string, reason: string) => void;
}

/** A batch in host memory. */
export interface LoadedBatch {
  /** [2, B, size, size, 3]: normalised pixels. */
  views: Float32Array;
  /** [2, B, N, 2]: (x, y) of every patch in pixels of the original image. */
  positions: Float32Array;
  /** The B images. */
  files: string[];
}

export interface Loader {
  /** The batches of an epoch from number `firstBatch` on. The last incomplete batch is left out. */
  epoch(epoch: number, firstBatch?: number): AsyncGenerator<LoadedBatch>;
  /** Ends the worker threads, after the images under way. An epoch may be left before its end. */
  close(): Promise<void>;
}

/** Batches prepared ahead of the one in use. */
const prefetch = 2;
/** Images decoded ahead of the worker threads: as many as Node decodes at a time, so that few are held in memory. */
const decodedAhead = 4;
/** The share of a data set that may be unreadable. */
const maxUnreadable = 0.05;

/**
 * Decodes and augments images batch by batch, ahead of their use. What a batch holds depends on the seed, the epoch and
 * its number alone, not on the workers or on what was loaded before. In place of an unreadable image comes the next
 * readable one of the epoch's order.
 */
export function createLoader(options: LoaderOptions): Loader {
  const { files, batchSize, viewSize, patchSize, policy, seed } = options;
  const pool = createViewPool(options.workers);
  const limit = pLimit(options.workers + decodedAhead);
  const cache = new ImageCache(options.cacheMegabytes);
  const unreadable = new Map<string, string>();
  const underWay = new Set<Promise<void>>();
  let closed = false;
  const root = Generator.fromSeed(seed).split('loader');
  const maxSide = options.decodeMaxSide;
  const decode = (file: string) => decodeImage(file, maxSide === undefined ? {} : { maxSide });

  async function readable(order: Int32Array, slot: number) {
    for (let tried = 0; tried < files.length; tried++) {
      const file = files[order[(slot + tried) % files.length]!]!;
      if (unreadable.has(file)) continue;
      try {
        return { file, image: await cache.get(file, decode) };
      } catch (error) {
        refuse(file, (error as Error).message);
      }
    }
    throw new Error('no image can be read');
  }

  function refuse(file: string, reason: string): void {
    if (unreadable.has(file)) return;
    if (options.strict) throw new InputError(reason);
    unreadable.set(file, reason);
    options.onSkip?.(file, reason);
    if (unreadable.size > maxUnreadable * files.length) {
      throw new InputError(
        `${unreadable.size} of ${files.length} images cannot be read, expected at most ${100 * maxUnreadable} %; the last was ${reason}`,
      );
    }
  }

  const viewValues = viewSize * viewSize * 3;
  const positionValues = (viewSize / patchSize) ** 2 * 2;

  /** Fills row `i` of both views of a batch. */
  async function fillRow(batch: LoadedBatch, i: number, epoch: number, order: Int32Array, slot: number): Promise<void> {
    if (closed) throw new Error('the loader is closed');
    const { file, image } = await readable(order, slot);
    const random = root.split(`${epoch}/${slot}`);
    const draw = (view: 0 | 1) => drawView(image, policy.crop, policy.views[view], random);
    const recipes = [draw(0), draw(1)] as const;
    const pixels = await pool.run({ image, recipes, viewSize, mean: policy.mean, std: policy.std });
    for (const [view, { crop, flip }] of recipes.entries()) {
      const row = view * batchSize + i;
      batch.views.set(pixels.subarray(view * viewValues, (view + 1) * viewValues), row * viewValues);
      batch.positions.set(cropPositions(crop, viewSize, patchSize, flip), row * positionValues);
    }
    batch.files[i] = file;
  }

  async function load(epoch: number, order: Int32Array, number: number): Promise<LoadedBatch> {
    const batch = {
      views: new Float32Array(2 * batchSize * viewValues),
      positions: new Float32Array(2 * batchSize * positionValues),
      files: Array<string>(batchSize).fill(''),
    };
    const rows = batch.files.map((_, i) => limit(fillRow, batch, i, epoch, order, number * batchSize + i));
    for (const row of rows) {
      const settle = () => void underWay.delete(row);
      underWay.add(row);
      row.then(settle, settle);
    }
    await Promise.all(rows);
    return batch;
  }

  return {
    async *epoch(epoch, firstBatch = 0) {
      const order = root.split(epoch).permutation(files.length);
      const batches = Math.floor(files.length / batchSize);
      const ahead: Promise<LoadedBatch>[] = [];
      let next = firstBatch;
      const fill = () => {
        while (next < batches && ahead.length < prefetch) {
          const batch = load(epoch, order, next++);
          // Whoever takes the batch sees its failure; until then it must not count as unhandled.
          batch.catch(() => {});
          ahead.push(batch);
        }
      };
      fill();
      while (ahead.length > 0) {
        const batch = await ahead.shift()!;
        fill();
        yield batch;
      }
    },
    async close() {
      closed = true;
      // The pool may only go when no worker has anything left to send.
      await Promise.allSettled(underWay);
      await pool.close();
    },
  };
}
