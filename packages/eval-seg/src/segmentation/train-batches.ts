import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { allInOrder } from '../all-in-order.js';
import type { SegDataset } from '../dataset.js';
import { drawSample } from './train-sample.js';

/** Crops to train on, and their labels. */
export interface TrainBatch {
  /** `[B, size, size, 3]`. */
  readonly images: Float32Array;
  /** `[B, size, size]`. */
  readonly labels: Int32Array;
}

export interface TrainBatchOptions {
  readonly batchSize: number;
  /** Side of the crops in pixels. */
  readonly cropSize: number;
  readonly iterations: number;
}

/**
 * The batches of a training run: images in an order shuffled anew for every pass over the data set, each augmented by a generator of
 * its own, so that the batches depend on the seed alone. The next batch is decoded while one is in use.
 */
export async function* trainBatches(
  dataset: SegDataset,
  options: TrainBatchOptions,
  rng: Generator,
): AsyncGenerator<TrainBatch> {
  const orders = new Map<number, Int32Array>();
  const imageAt = (place: number) => {
    const epoch = Math.floor(place / dataset.length);
    if (!orders.has(epoch)) {
      orders.delete(epoch - 2);
      orders.set(epoch, rng.split(`order ${epoch}`).permutation(dataset.length));
    }
    return orders.get(epoch)![place % dataset.length]!;
  };
  const load = (iteration: number) => loadBatch(dataset, iteration * options.batchSize, imageAt, options, rng);
  let next = load(0);
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const batch = await next;
    if (iteration + 1 < options.iterations) {
      next = load(iteration + 1);
      // A failure to decode is reported where the batch is awaited.
      next.catch(() => undefined);
    }
    yield batch;
  }
}

/** A batch on the current backend: float32 [B, size, size, 3] and int32 [B, size, size]. */
export function batchTensors(
  { images, labels }: TrainBatch,
  { batchSize, cropSize }: Pick<TrainBatchOptions, 'batchSize' | 'cropSize'>,
): { images: tf.Tensor4D; labels: tf.Tensor3D } {
  return {
    images: tf.tensor4d(images, [batchSize, cropSize, cropSize, 3]),
    labels: tf.tensor3d(labels, [batchSize, cropSize, cropSize], 'int32'),
  };
}

async function loadBatch(
  dataset: SegDataset,
  first: number,
  imageAt: (place: number) => number,
  { batchSize, cropSize }: TrainBatchOptions,
  rng: Generator,
): Promise<TrainBatch> {
  const pixels = cropSize * cropSize;
  const images = new Float32Array(batchSize * pixels * 3);
  const labels = new Int32Array(batchSize * pixels);
  await allInOrder(
    Array.from({ length: batchSize }, async (_, i) => {
      const item = await dataset.item(imageAt(first + i));
      const sample = drawSample(item, cropSize, rng.split(`sample ${first + i}`));
      images.set(sample.image, i * pixels * 3);
      labels.set(sample.labels, i * pixels);
    }),
  );
  return { images, labels };
}
