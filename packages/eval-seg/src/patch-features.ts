import { l2Normalize } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { allInOrder } from './all-in-order.js';
import type { SegDataset } from './dataset.js';
import type { FeatureRows } from './feature-rows.js';
import { patchLabels } from './patch-labels.js';
import { squareInput, squareMask } from './square.js';
import type { Grid } from './upsample.js';

/**
 * A network under evaluation: images `[B, S, S, 3]` (normalised by the ImageNet statistics) to patch tokens `[B, N, d]`, row by
 * row and without the class token. Intermediate tensors are disposed by the caller (`tf.tidy`).
 */
export type PatchModel = (images: tf.Tensor4D) => tf.Tensor;

export interface PatchFeatureOptions {
  /** Side of the square that every image is resized to, in pixels; a multiple of `patchSize`. */
  readonly imageSize: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Images per forward pass; default 8. The last batch is filled up, so that every pass has the same shape. */
  readonly batchSize?: number;
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
}

/**
 * Runs the model over a data set. Rows are L2-normalised, so that dot products are cosines. While a batch is being
 * computed, the next one is decoded.
 * @throws Error if the sizes do not fit, the model does not return `[B, N, d]`, or a feature is not finite; and what
 * `dataset.item` throws.
 */
export async function extractPatchFeatures(
  model: PatchModel,
  dataset: SegDataset,
  options: PatchFeatureOptions,
): Promise<PatchFeatures> {
  const { imageSize, batchSize = 8, keepMasks = false, onProgress } = options;
  const grid = patchGrid(options);
  if (dataset.length === 0) throw new Error(`${dataset.name}: got no images, wanted at least one`);
  const patches = grid.rows * grid.columns;
  const labels = new Uint8Array(dataset.length * patches);
  const masks: Uint8Array[] = [];
  let values: Float32Array | undefined;

  let next = loadBatch(dataset, 0, batchSize, options);
  for (let first = 0; first < dataset.length; first += batchSize) {
    const batch = await next;
    const tokens = forward(model, batch.images, [batchSize, imageSize, imageSize, 3], patches);
    const computed = tokens.data<'float32'>();
    if (first + batchSize < dataset.length) {
      next = loadBatch(dataset, first + batchSize, batchSize, options);
      // A failure to decode is reported where the batch is awaited, after the features of this one have arrived.
      next.catch(() => undefined);
    }
    const features = await computed.finally(() => tokens.dispose());
    const dim = tokens.shape[2]!;
    values ??= new Float32Array(dataset.length * patches * dim);
    const used = features.subarray(0, batch.count * patches * dim);
    checkFinite(used);
    values.set(used, first * patches * dim);
    labels.set(batch.labels, first * patches);
    if (keepMasks) masks.push(...batch.masks);
    onProgress?.(first + batch.count, dataset.length);
  }
  const rows = dataset.length * patches;
  const features: PatchFeatures = {
    values: values!,
    rows,
    dim: values!.length / rows,
    labels,
    images: dataset.length,
    grid,
    pixels: { rows: imageSize, columns: imageSize },
  };
  return keepMasks ? { ...features, masks } : features;
}

function patchGrid({ imageSize, patchSize, batchSize = 8 }: PatchFeatureOptions): Grid {
  const side = imageSize / patchSize;
  if (!Number.isInteger(side) || side < 1 || patchSize < 1) {
    throw new Error(`imageSize: got ${imageSize}, wanted a multiple of the patch size ${patchSize}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`batchSize: got ${batchSize}, wanted a positive whole number`);
  }
  return { rows: side, columns: side };
}

interface Batch {
  readonly count: number;
  /** `[batchSize, imageSize, imageSize, 3]`; zeros after the last image. */
  readonly images: Float32Array;
  readonly labels: Uint8Array;
  readonly masks: readonly Uint8Array[];
}

async function loadBatch(
  dataset: SegDataset,
  first: number,
  batchSize: number,
  { imageSize, patchSize }: PatchFeatureOptions,
): Promise<Batch> {
  const count = Math.min(batchSize, dataset.length - first);
  const images = new Float32Array(batchSize * imageSize * imageSize * 3);
  const items = await allInOrder(
    Array.from({ length: count }, async (_, i) => {
      const { image, mask } = await dataset.item(first + i);
      images.set(squareInput(image, imageSize), i * imageSize * imageSize * 3);
      const resized = squareMask(mask, imageSize);
      return { mask: resized.data, labels: patchLabels(resized, patchSize) };
    }),
  );
  const patches = (imageSize / patchSize) ** 2;
  const labels = new Uint8Array(count * patches);
  items.forEach((item, i) => {
    labels.set(item.labels, i * patches);
  });
  return { count, images, labels, masks: items.map(({ mask }) => mask) };
}

/** Normalised patch tokens `[B, N, d]`; the caller disposes them. */
function forward(
  model: PatchModel,
  images: Float32Array,
  shape: [number, number, number, number],
  patches: number,
): tf.Tensor {
  return tf.tidy(() => {
    const tokens = model(tf.tensor4d(images, shape));
    if (tokens.rank !== 3 || tokens.shape[0] !== shape[0] || tokens.shape[1] !== patches) {
      throw new Error(`model: got tokens [${tokens.shape}], wanted [${shape[0]}, ${patches}, d]`);
    }
    return l2Normalize(tokens);
  });
}

function checkFinite(features: Float32Array): void {
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`model: got ${features[bad]} among the features, wanted finite numbers`);
}
