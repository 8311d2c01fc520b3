import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { SegDataset } from '../dataset.js';
import { shuffledBatches } from '../training/shuffled-batches.js';
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

/** The augmented crops of a training run, see {@link shuffledBatches}. */
export async function* trainBatches(
  dataset: SegDataset,
  { batchSize, cropSize, iterations }: TrainBatchOptions,
  rng: Generator,
): AsyncGenerator<TrainBatch> {
  const load = async (index: number, sampleRng: Generator) =>
    drawSample(await dataset.item(index), cropSize, sampleRng);
  const pixels = cropSize * cropSize;
  for await (const samples of shuffledBatches({ length: dataset.length, batchSize, iterations, load }, rng)) {
    const images = new Float32Array(batchSize * pixels * 3);
    const labels = new Int32Array(batchSize * pixels);
    for (const [i, sample] of samples.entries()) {
      images.set(sample.image, i * pixels * 3);
      labels.set(sample.labels, i * pixels);
    }
    yield { images, labels };
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
