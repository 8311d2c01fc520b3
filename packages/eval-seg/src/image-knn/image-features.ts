import { l2Normalize } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { allInOrder } from '../all-in-order.js';
import type { FeatureRows } from '../feature-rows.js';
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
 * @throws Error if the model does not return `[B, d]` or a feature is not finite; and what `dataset.item` throws
 */
export async function extractImageFeatures(
  model: ImageModel,
  dataset: ImageDataset,
  { imageSize, batchSize, onProgress }: ImageFeatureOptions,
): Promise<ImageFeatures> {
  const labels = new Int32Array(dataset.length);
  let values: Float32Array | undefined;
  let dim = 0;
  const load = async (first: number) => {
    const count = Math.min(batchSize, dataset.length - first);
    const images = new Float32Array(batchSize * imageSize * imageSize * 3);
    await allInOrder(
      Array.from({ length: count }, async (_, i) => {
        const { image, label } = await dataset.item(first + i);
        images.set(centerInput(image, imageSize), i * imageSize * imageSize * 3);
        labels[first + i] = label;
      }),
    );
    return { images, count };
  };
  let next = load(0);
  for (let first = 0; first < dataset.length; first += batchSize) {
    const { images, count } = await next;
    const features = forward(model, images, [batchSize, imageSize, imageSize, 3]);
    const computed = features.data<'float32'>();
    if (first + batchSize < dataset.length) {
      next = load(first + batchSize);
      // A failure to decode is reported where the batch is awaited.
      next.catch(() => undefined);
    }
    const rows = await computed.finally(() => features.dispose());
    dim = features.shape[1]!;
    values ??= new Float32Array(dataset.length * dim);
    const used = rows.subarray(0, count * dim);
    const bad = used.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new Error(`model: got ${bad} among the features, wanted finite numbers`);
    values.set(used, first * dim);
    onProgress?.(first + count, dataset.length);
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
