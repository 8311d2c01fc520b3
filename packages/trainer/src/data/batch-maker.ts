import type { ViewRecipe } from '@cribo/augment';
import { InputError } from '../errors.js';
import { type BatchMemory, copyOut, createBatchMemory } from './batch-memory.js';
import { ImageCache } from './image-cache.js';
import type { ImageEntry } from './image-source.js';
import type { ImageSize, RowSettings } from './row.js';
import { Unreadable, type UnreadableOptions } from './unreadable.js';
import { createViewPool } from './view-pool.js';

export interface BatchMakerOptions extends RowSettings, UnreadableOptions {
  /** The images, see `openImages`. */
  entries: readonly ImageEntry[];
  /** Threads that read, decode and augment; 0 does it in the calling thread. */
  workers: number;
  /** MiB of decoded images to keep. */
  cacheMegabytes: number;
}

/** A batch in host memory. It belongs to whoever gets it. */
export interface LoadedBatch {
  /** `[2, B, size, size, 3]`: normalised pixels. */
  views: Float32Array;
  /** `[2, B, N, 2]`: (x, y) of every patch in pixels of the original image. */
  positions: Float32Array;
  /** The names of the B images. */
  files: string[];
  /** What was drawn for the two views of each of the B images. */
  recipes: (readonly [ViewRecipe, ViewRecipe])[];
  /** The sizes of the B images in pixels, as they were decoded; crops refer to them. */
  sizes: ImageSize[];
}

/** A batch whose rows are being made. It has to be either finished or discarded. */
export interface BatchUnderWay {
  /** The batch, once all rows are there. */
  finish(): Promise<LoadedBatch>;
  /** Nobody wants it any more: what has not begun is left out. */
  discard(): void;
}

type AboutImages = Pick<LoadedBatch, 'files' | 'recipes' | 'sizes'>;

/** How many images a thread may try for a row before it has to ask. */
const candidatesPerRow = 4;

/** Makes batches from places in the order of an epoch. In place of an unreadable image comes the next readable one of that order. */
export class BatchMaker {
  readonly #options: BatchMakerOptions;
  readonly #pool;
  readonly #cache: ImageCache;
  readonly #unreadable: Unreadable;
  readonly #free: BatchMemory[] = [];
  /** Ends a batch under way, and resolves when no thread works on it any more. */
  readonly #underWay = new Set<() => Promise<void>>();
  #closed = false;

  constructor(options: BatchMakerOptions) {
    const { entries, viewSize, patchSize, policy, seed, maxMegapixels, decodeMaxSide } = options;
    this.#options = options;
    this.#pool = createViewPool({ viewSize, patchSize, policy, seed, maxMegapixels, decodeMaxSide }, options.workers);
    this.#cache = new ImageCache(options.cacheMegabytes);
    this.#unreadable = new Unreadable(entries, options);
  }

  /** Hands the images at the places `slots` of `order` to the threads, all at once. */
  start(epoch: number, order: Int32Array, slots: readonly number[]): BatchUnderWay {
    if (this.#closed) throw new Error('the loader is closed');
    const memory = this.#takeMemory(slots.length);
    const batch: AboutImages = { files: [], recipes: [], sizes: [] };
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const rows = slots.map((slot, row) => this.#fillRow(batch, order, { epoch, slot, memory, row, stop }));
    const end = async () => {
      Atomics.store(stop, 0, 1);
      await Promise.allSettled(rows);
      if (this.#underWay.delete(end)) this.#free.push(memory);
    };
    this.#underWay.add(end);
    const done = Promise.all(rows);
    // Whoever finishes the batch sees its failure; until then it must not count as unhandled.
    done.catch(() => {});
    return {
      finish: async () => {
        try {
          await done;
          return { ...batch, views: copyOut(memory.views), positions: copyOut(memory.positions) };
        } finally {
          await end();
        }
      },
      discard: () => void end(),
    };
  }

  /** Ends the threads, after the images under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#underWay].map((end) => end()));
    await this.#pool.close();
  }

  async #fillRow(
    batch: AboutImages,
    order: Int32Array,
    place: { epoch: number; slot: number; memory: BatchMemory; row: number; stop: Int32Array },
  ): Promise<void> {
    const { entries, cacheMegabytes } = this.#options;
    for (let tried = 0; tried < order.length; ) {
      const images: number[] = [];
      for (; tried < order.length && images.length < candidatesPerRow; tried++) {
        const image = order[(place.slot + tried) % order.length]!;
        if (!this.#unreadable.has(image)) images.push(image);
      }
      const candidates = images.map((image) => ({ entry: entries[image]!, image: this.#cache.get(image) }));
      const cacheBudget = cacheMegabytes > 0 ? this.#cache.budget : undefined;
      const { failures, made, decoded } = await this.#pool.run({ ...place, candidates, cacheBudget });
      for (const [i, reason] of failures.entries()) this.#unreadable.add(images[i]!, reason);
      if (made === undefined) {
        if (Atomics.load(place.stop, 0) === 1) throw new Error('the loader is closed');
        continue;
      }
      const image = images[failures.length]!;
      if (decoded !== undefined) this.#cache.add(image, decoded);
      batch.files[place.row] = entries[image]!.name;
      batch.recipes[place.row] = made.recipes;
      batch.sizes[place.row] = made.size;
      return;
    }
    throw new InputError('no image can be read');
  }

  #takeMemory(rows: number): BatchMemory {
    const { viewSize, patchSize } = this.#options;
    const reusable = this.#free.findIndex((memory) => memory.rows === rows);
    if (reusable >= 0) return this.#free.splice(reusable, 1)[0]!;
    return createBatchMemory(rows, viewSize ** 2 * 3, (viewSize / patchSize) ** 2 * 2);
  }
}
