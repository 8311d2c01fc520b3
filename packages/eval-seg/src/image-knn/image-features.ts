import { l2Normalize } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { batches } from '../batches.js';
import { checkFinite, checkNotEmpty } from '../checks.js';
import type { FeatureRows } from '../search/feature-rows.js';
import { centerInput } from './center-input.js';
import type { ImageDataset } from './image-dataset.js';

/**
 * A network under evaluation: images `[B, S, S, 3]` (normalised by the ImageNet statistics) to one feature each, `[B, d]`, such as the
 * CLS token. Intermediate tensors are disposed by the caller (`tf.tidy`).
 */
export type ImageModel = (images: tf.Tensor4D) => tf.Tensor;

export interface ImageFeatureOptions {
  /** Side of the square that the network sees, in pixels. */
  readonly imageSize: number;
  /** Images per forward pass. The last batch is filled up, so that every pass has the same shape. */
  readonly batchSize: number;
  /** Called after every batch with the number of images done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Unit features of all images of a data set, and their labels. */
export interface ImageFeatures extends FeatureRows {
  /** `[rows]` positions in the classes of the data set. */
  readonly labels: Int32Array;
}

/**
 * Runs the model over a data set. Rows are L2-normalised, so that dot products are cosines. While a batch is being computed, the next
 * one is decoded.
 * @throws Error if there are no images, the model does not return `[B, d]` or a feature is not finite; and what `dataset.item` throws
 */
export async function extractImageFeatures(
  model: ImageModel,
  dataset: ImageDataset,
  { imageSize, batchSize, onProgress }: ImageFeatureOptions,
): Promise<ImageFeatures> {
  checkNotEmpty(dataset);
  const labels = new Int32Array(dataset.length);
  const pixels = imageSize * imageSize * 3;
  let values: Float32Array | undefined;
  let dim = 0;
  const load = async (index: number) => {
    const { image, label } = await dataset.item(index);
    labels[index] = label;
    return centerInput(image, imageSize);
  };
  for await (const { first, items } of batches(dataset.length, batchSize, load)) {
    const images = new Float32Array(batchSize * pixels);
    for (const [i, input] of items.entries()) images.set(input, i * pixels);
    const features = forward(model, images, [batchSize, imageSize, imageSize, 3]);
    const rows = await features.data<'float32'>().finally(() => features.dispose());
    dim = features.shape[1]!;
    values ??= new Float32Array(dataset.length * dim);
    const used = rows.subarray(0, items.length * dim);
    checkFinite(used);
    values.set(used, first * dim);
    onProgress?.(first + items.length, dataset.length);
  }
  return { values: values!, rows: dataset.length, dim, labels };
}

/** Unit features `[B, d]`; the caller disposes them. */
function forward(model: ImageModel, images: Float32Array, shape: [number, number, number, number]): tf.Tensor {
  return tf.tidy(() => {
    const features = model(tf.tensor4d(images, shape));
    if (features.rank !== 2 || features.shape[0] !== shape[0]) {
      throw new Error(`model: got features [${features.shape}], wanted [${shape[0]}, d]`);
    }
    return l2Normalize(features);
  });
}
