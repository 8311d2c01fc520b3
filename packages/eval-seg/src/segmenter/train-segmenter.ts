import { Generator, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationSettings } from '../segmentation/options.js';
import { batchTensors, trainBatches } from '../segmentation/train-batches.js';
import { scheduledRate } from '../training/learning-rate.js';
import { readScalar } from '../training/read-scalar.js';
import { recentLoss } from '../training/recent-loss.js';
import { disposeTraining, startTraining } from '../training/training.js';
import { type SegmenterConfig, segmenterStep } from './segmenter.js';

export interface TrainSegmenterOptions {
  readonly settings: SegmentationSettings;
  readonly config: SegmenterConfig;
  /** The weights to start from; they stay as they are. */
  readonly initial: Params;
  readonly learningRate: number;
  /** Called after every iteration. */
  readonly onIteration: (done: number, loss: number) => void;
}

/** The network of one learning rate; it belongs to the caller. */
export interface TrainedSegmenter {
  readonly params: Params;
  /** Mean over the last tenth of the iterations; not finite if the training diverged. */
  readonly loss: number;
}

/**
 * Fine-tunes a whole network at one learning rate. Batches and stochastic depth depend on the seed alone, so that all rates see
 * the same. A training whose loss is not finite ends there: no later update could make it finite again.
 * @throws Error if the first loss is not finite; and what `dataset.item` throws
 */
export async function trainSegmenter(options: TrainSegmenterOptions): Promise<TrainedSegmenter> {
  const { settings, config, initial, learningRate, onIteration } = options;
  const { optimizer, weightDecay, schedule } = settings;
  const rng = Generator.fromSeed(settings.seed).split('segmenter');
  const copies = Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, tf.clone(value)]));
  const training = startTraining(copies, optimizer, weightDecay);
  const losses: number[] = [];
  try {
    for await (const batch of trainBatches(settings.train, settings, rng)) {
      const iteration = losses.length;
      const lr = scheduledRate(schedule, learningRate, iteration, settings);
      const { images, labels } = batchTensors(batch, settings);
      let loss: number;
      try {
        const dropPath = rng.split(`drop path ${iteration}`);
        loss = await readScalar(segmenterStep(training, config, images, labels, lr, dropPath));
      } finally {
        tf.dispose([images, labels]);
      }
      if (iteration === 0 && !Number.isFinite(loss)) {
        throw new Error(`backbone: the first loss is ${loss}, wanted finite weights`);
      }
      losses.push(loss);
      onIteration(losses.length, loss);
      if (!Number.isFinite(loss)) break;
    }
  } catch (error) {
    disposeTraining(training);
    throw error;
  }
  tf.dispose(training.slots);
  return { params: training.params, loss: recentLoss(losses) };
}
