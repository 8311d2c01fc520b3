import {
  type AugmentPolicy,
  cropPositions,
  drawView,
  type Image,
  normalizedView,
  type ViewRecipe,
} from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import pLimit from 'p-limit';
import { type BatchMemory, rowOf } from './batch-memory.js';
import { type SharedImage, shareImage } from './image-cache.js';
import type { ImageEntry } from './image-source.js';
import { createImageReader, type ReadOptions, UnreadableImage } from './read-image.js';

/** What all rows of a loader have in common. Plain data, so it can cross threads. */
export interface RowSettings extends ReadOptions {
  /** Side of a view and of a patch in pixels. */
  viewSize: number;
  patchSize: number;
  policy: AugmentPolicy;
  seed: number;
}

/** The generator that every draw of a loader descends from. */
export const loaderGenerator = (seed: number): Generator => Generator.fromSeed(seed).split('loader');

/** One image of a batch to be made. */
export interface RowTask {
  /** The row's place in the order of its epoch; both together decide what is drawn. */
  epoch: number;
  slot: number;
  /** The image of that place and those that follow it, for the case that it cannot be read; with its pixels if they are cached. */
  candidates: { entry: ImageEntry; image: SharedImage | undefined }[];
  /** Where the views go, and which of its rows this is. */
  memory: BatchMemory;
  row: number;
  /** Set to 1 once nobody wants the batch any more. */
  stop: Int32Array;
  /** What is left of the cache, see `ImageCache`; undefined where there is none. */
  cacheBudget: Int32Array | undefined;
}

/** Width and height in pixels. */
export type ImageSize = Pick<Image, 'width' | 'height'>;

/** What the views of a row were made of. */
export interface MadeRow {
  /** What was drawn for both views. */
  recipes: readonly [ViewRecipe, ViewRecipe];
  /** The size of the image as it was decoded. */
  size: ImageSize;
}

/** What became of a row: which candidate it holds, or none. */
export interface RowResult {
  /** Why the candidates before that one cannot be read. */
  failures: string[];
  /** What the row was made of; absent if it holds nothing: nobody wanted it, or no candidate can be read. */
  made?: MadeRow;
  /** Its pixels, if they should be cached from now on. */
  decoded?: SharedImage;
}

export type MakeRow = (task: RowTask) => Promise<RowResult>;

/** Rows made at a time by one thread: while one image is augmented the next is decoded. */
const rowsAtATime = 2;

/** Reads, decodes and augments images in the calling thread, in the order of the calls. Every thread gives the same rows. */
export function createRowMaker(settings: RowSettings): MakeRow {
  const { viewSize, patchSize, policy, seed } = settings;
  const read = createImageReader(settings);
  const limit = pLimit(rowsAtATime);
  const root = loaderGenerator(seed);

  function augment(image: Image, { epoch, slot, memory, row }: RowTask): MadeRow {
    const random = root.split(`${epoch}/${slot}`);
    const draw = (view: 0 | 1) => drawView(image, policy.crop, policy.views[view], random);
    const recipes = [draw(0), draw(1)] as const;
    for (const [view, recipe] of recipes.entries()) {
      const target = rowOf(memory, view, row);
      normalizedView(image, recipe, viewSize, policy.mean, policy.std, target.pixels);
      target.positions.set(cropPositions(recipe.crop, viewSize, patchSize, recipe.flip));
    }
    return { recipes, size: { width: image.width, height: image.height } };
  }

  async function makeRow(task: RowTask): Promise<RowResult> {
    const failures: string[] = [];
    for (const { entry, image } of task.candidates) {
      if (Atomics.load(task.stop, 0) === 1) break;
      if (image !== undefined) return { failures, made: augment(image, task) };
      try {
        return await read(entry, (image) => {
          const decoded = task.cacheBudget && shareImage(image, task.cacheBudget);
          return { failures, made: augment(image, task), ...(decoded && { decoded }) };
        });
      } catch (error) {
        if (!(error instanceof UnreadableImage)) throw error;
        failures.push(error.message);
      }
    }
    return { failures };
  }
  return (task) => limit(makeRow, task);
}
