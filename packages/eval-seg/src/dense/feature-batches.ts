import { l2Normalize } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { batches } from '../batches.js';
import { checkFinite, checkNotEmpty, checkWhole } from '../checks.js';
import type { SegDataset } from '../dataset.js';
import { type PatchModel, patchTokens } from '../patch-model.js';
import { squareInput, squareMask } from '../square.js';
import type { Grid } from '../upsample.js';
import { patchLabels } from './patch-labels.js';

export interface FeatureBatchOptions {
  /** Side of the square that every image is resized to, in pixels; a multiple of `patchSize`. */
  readonly imageSize: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Images per forward pass; default 8. The last batch is filled up, so that every pass has the same shape. */
  readonly batchSize?: number;
}

/** Features and labels of `count` images of a data set. */
export interface FeatureBatch {
  /** First image. */
  readonly first: number;
  readonly count: number;
  /** `[count * patches, dim]`, L2-normalised. */
  readonly values: Float32Array;
  readonly dim: number;
  /** `[count * patches]` class ids by majority vote; 255 where all pixels are void. */
  readonly labels: Uint8Array;
  /** One resized mask per image, `[imageSize, imageSize]`. */
  readonly masks: readonly Uint8Array[];
  readonly ids: readonly string[];
}

/**
 * Runs the model over a data set, batch by batch. Rows are L2-normalised, so that dot products are cosines. While a batch
 * is being computed, the next one is decoded.
 * @throws Error if the sizes do not fit, the model does not return `[B, N, d]`, or a feature is not finite; and what
 * `dataset.item` throws.
 */
export async function* featureBatches(
  model: PatchModel,
  dataset: SegDataset,
  options: FeatureBatchOptions,
): AsyncGenerator<FeatureBatch> {
  const { imageSize, patchSize, batchSize = 8 } = options;
  const grid = patchGrid(options);
  checkNotEmpty(dataset);
  const patches = grid.rows * grid.columns;
  const pixels = imageSize * imageSize * 3;
  const load = async (index: number) => {
    const { id, image, mask } = await dataset.item(index);
    const resized = squareMask(mask, imageSize);
    return { id, input: squareInput(image, imageSize), mask: resized.data, labels: patchLabels(resized, patchSize) };
  };
  for await (const { first, items } of batches(dataset.length, batchSize, load)) {
    const count = items.length;
    // Zeros after the last image.
    const images = new Float32Array(batchSize * pixels);
    const labels = new Uint8Array(count * patches);
    for (const [i, item] of items.entries()) {
      images.set(item.input, i * pixels);
      labels.set(item.labels, i * patches);
    }
    const tokens = tf.tidy(() =>
      l2Normalize(patchTokens(model, tf.tensor4d(images, [batchSize, imageSize, imageSize, 3]), patches)),
    );
    const dim = tokens.shape[2]!;
    const features = await tokens.data<'float32'>().finally(() => tokens.dispose());
    const values = features.subarray(0, count * patches * dim);
    checkFinite(values);
    yield { first, count, values, dim, labels, masks: items.map(({ mask }) => mask), ids: items.map(({ id }) => id) };
  }
}

/**
 * The patches of one image.
 * @throws Error if the image is not made of whole patches, or `batchSize` is no positive whole number.
 */
export function patchGrid({ imageSize, patchSize, batchSize = 8 }: FeatureBatchOptions): Grid {
  const side = imageSize / patchSize;
  if (!Number.isInteger(side) || side < 1 || patchSize < 1) {
    throw new Error(`imageSize: got ${imageSize}, wanted a multiple of the patch size ${patchSize}`);
  }
  checkWhole('batchSize', batchSize);
  return { rows: side, columns: side };
}
