import * as tf from '@tensorflow/tfjs-core';
import { batches } from '../batches.js';
import type { SegDataset, SegItem } from '../dataset.js';
import type { CropBatch } from './crop-batch.js';
import { keepRatioSize, resizeWindow, type Size, type Window } from './resize-window.js';
import { paddedInput } from './train-sample.js';
import { WindowScores } from './window-scores.js';
import { slidingWindows } from './windows.js';

/**
 * `slide`: the image keeps the ratio of its sides, the shorter one becomes `cropSize`, and windows slide over it;
 * `whole`: the image becomes a square of `cropSize`, seen at once.
 */
export type Inference = 'slide' | 'whole';

export interface SegmentOptions {
  /**
   * Images float32 [B, size, size, 3] (normalised by the ImageNet statistics) to the logits float32 [B, N, C] of every patch, one
   * tensor per head. Intermediate tensors are disposed by the caller.
   */
  readonly logits: (images: tf.Tensor4D) => tf.Tensor[];
  /** The shape of `images`. */
  readonly crops: CropBatch;
  readonly dataset: SegDataset;
  readonly classes: number;
  readonly inference: Inference;
  /** Pixels between two windows of `slide`. */
  readonly stride: number;
}

export interface Segmented {
  readonly item: SegItem;
  /** For every head the class of every pixel, at the image's own resolution. */
  readonly predicted: readonly Uint8Array[];
}

/**
 * Segments a data set image by image with one or several heads. Every forward pass has the same shape; the
 * next images are decoded while some are being computed.
 */
export async function* segmentImages(options: SegmentOptions): AsyncGenerator<Segmented> {
  const { dataset, crops, classes } = options;
  const crop = { width: crops.cropSize, height: crops.cropSize };
  for await (const { items } of batches(dataset.length, crops.batchSize, (index) => dataset.item(index))) {
    const views = items.flatMap((item) => windowViews(item, options));
    const logits = await viewLogits(views, options);
    for (const item of items) {
      const own = views.flatMap((view, i) => (view.item === item ? [i] : []));
      // One head at a time: the logits of all pixels are the largest arrays of an evaluation.
      const predicted = logits.map((ofViews) => {
        const scores = new WindowScores(views[own[0]!]!.size, classes);
        for (const i of own) scores.add(views[i]!.window, ofViews[i]!, crops.grid, crop);
        return scores.labels(item.image);
      });
      yield { item, predicted };
    }
  }
}

/** A window of an image resized to `size`. */
interface WindowView {
  readonly item: SegItem;
  readonly size: Size;
  readonly window: Window;
}

function windowViews(item: SegItem, { crops, inference, stride }: SegmentOptions): WindowView[] {
  const { cropSize } = crops;
  const size = inference === 'whole' ? { width: cropSize, height: cropSize } : keepRatioSize(item.image, cropSize);
  return slidingWindows(size, cropSize, stride).map((window) => ({ item, size, window }));
}

/** `[rows, columns, classes]` of every view, head by head. */
async function viewLogits(views: readonly WindowView[], { logits, crops }: SegmentOptions): Promise<Float32Array[][]> {
  const { batchSize, cropSize } = crops;
  const result: Float32Array[][] = [];
  for (let first = 0; first < views.length; first += batchSize) {
    const batch = views.slice(first, first + batchSize);
    const images = new Float32Array(batchSize * cropSize * cropSize * 3);
    batch.forEach(({ item, size, window }, i) => {
      images.set(paddedInput(resizeWindow(item.image, size, window), cropSize), i * cropSize * cropSize * 3);
    });
    const heads = tf.tidy(() => logits(tf.tensor4d(images, [batchSize, cropSize, cropSize, 3])));
    const values = await Promise.all(heads.map((tensor) => tensor.data<'float32'>())).finally(() => tf.dispose(heads));
    for (const [head, all] of values.entries()) {
      const each = all.length / batchSize;
      result[head] ??= [];
      result[head].push(...batch.map((_, i) => all.slice(i * each, (i + 1) * each)));
    }
  }
  return result;
}
