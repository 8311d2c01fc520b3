import type { SegDataset } from '../dataset.js';
import type { PatchModel } from '../patch-model.js';
import type { FeatureRows } from '../search/feature-rows.js';
import type { Grid } from '../upsample.js';
import { type FeatureBatchOptions, featureBatches, patchGrid } from './feature-batches.js';

export interface PatchFeatureOptions extends FeatureBatchOptions {
  /** Keeps the resized masks, which pixel-level results need: `imageSize²` bytes per image; default false. */
  readonly keepMasks?: boolean;
  /** Called after every batch with the number of images done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Features and labels of every patch of a data set, image by image and row by row. */
export interface PatchFeatures extends FeatureRows {
  /** `[rows]` class ids by majority vote; 255 where all pixels are void. */
  readonly labels: Uint8Array;
  readonly images: number;
  /** Patches of one image. */
  readonly grid: Grid;
  /** Pixels of one (resized) image. */
  readonly pixels: Grid;
  /** The label of every pixel, one mask per image, if they were kept. */
  readonly masks?: readonly Uint8Array[];
  /** The `id` of every image, where it is known. */
  readonly ids?: readonly string[];
}

/**
 * Runs the model over a data set and keeps the features of all patches. Rows are L2-normalised, so that dot products are
 * cosines. While a batch is being computed, the next one is decoded.
 * @throws Error if the sizes do not fit, the model does not return `[B, N, d]`, or a feature is not finite; and what
 * `dataset.item` throws.
 */
export async function extractPatchFeatures(
  model: PatchModel,
  dataset: SegDataset,
  options: PatchFeatureOptions,
): Promise<PatchFeatures> {
  const { imageSize, keepMasks = false, onProgress } = options;
  const grid = patchGrid(options);
  const patches = grid.rows * grid.columns;
  const rows = dataset.length * patches;
  const labels = new Uint8Array(rows);
  const masks: Uint8Array[] = [];
  const ids: string[] = [];
  let values = new Float32Array(0);
  for await (const batch of featureBatches(model, dataset, options)) {
    if (batch.first === 0) values = new Float32Array(rows * batch.dim);
    values.set(batch.values, batch.first * patches * batch.dim);
    labels.set(batch.labels, batch.first * patches);
    ids.push(...batch.ids);
    if (keepMasks) masks.push(...batch.masks);
    onProgress?.(batch.first + batch.count, dataset.length);
  }
  return {
    values,
    rows,
    dim: values.length / rows,
    labels,
    images: dataset.length,
    grid,
    pixels: { rows: imageSize, columns: imageSize },
    ids,
    ...(keepMasks && { masks }),
  };
}
