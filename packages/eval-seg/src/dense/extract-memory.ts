import { Generator } from '@cribo/tensor';
import type { SegDataset } from '../dataset.js';
import type { PatchModel } from '../patch-model.js';
import { augmentedViews } from './augmented-views.js';
import { type FeatureBatchOptions, featureBatches, patchGrid } from './feature-batches.js';
import type { MemoryPatches } from './memory-patches.js';
import { samplePatches } from './sample-patches.js';

export interface MemoryOptions extends FeatureBatchOptions {
  /** Views of every image: the first is the image as it is, the others are augmented; default 1. */
  readonly views?: number;
  /**
   * Patches of the whole memory: every view contributes `floor(memorySize / (images * views))` of them or, where it has fewer with a
   * label, those. Absent, all patches.
   */
  readonly memorySize?: number;
  /** Seed of the views and of the sample; default 0. */
  readonly seed?: number;
  /** Called after every batch with the number of views done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The memory that dense retrieval searches: features and labels of the patches of a data set, of several augmented views
 * of every image if asked for. With `memorySize` patches are chosen as soon as the features of a batch are there, so that
 * never more than `memorySize * dim` values and one batch are held.
 * @throws Error as `extractPatchFeatures`, or if `memorySize` leaves no patch for a view.
 */
export async function extractMemory(
  model: PatchModel,
  dataset: SegDataset,
  options: MemoryOptions,
): Promise<MemoryPatches> {
  const { views = 1, memorySize, seed = 0, imageSize, patchSize, onProgress } = options;
  const grid = patchGrid(options);
  const patches = grid.rows * grid.columns;
  const items = augmentedViews(dataset, { views, imageSize, seed });
  const perView = memorySize === undefined ? patches : shareOf(memorySize, items.length, patches);
  const rng = Generator.fromSeed(seed).split('memory sample');

  const capacity = perView * items.length;
  const labels = new Uint8Array(capacity);
  const patchNumbers = new Uint32Array(memorySize === undefined ? 0 : capacity);
  const ids: string[] = [];
  let values = new Float32Array(0);
  let rows = 0;
  let dim = 0;
  for await (const batch of featureBatches(model, items, options)) {
    dim = batch.dim;
    if (batch.first === 0) values = new Float32Array(capacity * dim);
    if (memorySize === undefined) {
      values.set(batch.values, rows * dim);
      labels.set(batch.labels, rows);
      rows += batch.count * patches;
    } else {
      batch.masks.forEach((data, i) => {
        const mask = { width: imageSize, height: imageSize, data };
        for (const patch of samplePatches(mask, patchSize, perView, rng.split(batch.first + i))) {
          const from = i * patches + patch;
          values.set(batch.values.subarray(from * dim, (from + 1) * dim), rows * dim);
          labels[rows] = batch.labels[from]!;
          patchNumbers[rows] = batch.first * patches + from;
          rows++;
        }
      });
    }
    ids.push(...batch.ids);
    onProgress?.(batch.first + batch.count, items.length);
  }
  if (rows === 0) throw new Error(`${dataset.name}: all pixels are void, wanted at least one with a label`);
  return {
    values: values.subarray(0, rows * dim),
    rows,
    dim,
    labels: labels.subarray(0, rows),
    images: dataset.length,
    views,
    grid,
    ids,
    ...(memorySize !== undefined && { patchNumbers: patchNumbers.subarray(0, rows) }),
  };
}

function shareOf(memorySize: number, views: number, patches: number): number {
  const share = Math.floor(memorySize / views);
  if (!(share >= 1)) {
    throw new Error(`memorySize: got ${memorySize} patches, wanted at least one for each of the ${views} views`);
  }
  return Math.min(share, patches);
}
