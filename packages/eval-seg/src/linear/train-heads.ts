import { Generator, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationSettings } from '../segmentation/options.js';
import { batchTensors, trainBatches } from '../segmentation/train-batches.js';
import { scheduledRate } from '../training/learning-rate.js';
import { readScalar } from '../training/read-scalar.js';
import { recentLoss } from '../training/recent-loss.js';
import { disposeTraining, startTraining, type Training } from '../training/training.js';
import type { Grid } from '../upsample.js';
import { initLinearHead, linearHeadStep } from './linear-head.js';

export interface TrainHeadsOptions {
  readonly settings: SegmentationSettings;
  /** The frozen network: images float32 [B, S, S, 3] to patch tokens float32 [B, N, d], which belong to the caller. */
  readonly features: (images: tf.Tensor4D) => tf.Tensor;
  /** Patches of one image. */
  readonly grid: Grid;
  readonly classes: number;
  /** Called after every iteration with the loss at every learning rate. */
  readonly onIteration: (done: number, losses: readonly number[]) => void;
}

/** A head for every learning rate, in their order; it belongs to the caller. */
export interface TrainedHead {
  readonly head: Params;
  /** Mean over the last tenth of the iterations. */
  readonly loss: number;
}

/**
 * Trains one head per learning rate, all on the same batches and from the same weights: the features of a batch, which cost most,
 * are computed once for all of them.
 * @throws Error if the model does not fit the images or its features are not finite; and what `dataset.item` throws
 */
export async function trainHeads(options: TrainHeadsOptions): Promise<TrainedHead[]> {
  const { settings, grid, onIteration } = options;
  const { learningRates, schedule } = settings;
  const rng = Generator.fromSeed(settings.seed).split('linear');
  const trainings: Training[] = [];
  const history: number[][] = learningRates.map(() => []);
  let iteration = 0;
  try {
    for await (const batch of trainBatches(settings.train, settings, rng)) {
      const { images, labels } = batchTensors(batch, settings);
      let features: tf.Tensor | undefined;
      const losses: number[] = [];
      try {
        features = options.features(images);
        if (iteration === 0) trainings.push(...startAll(options, features.shape[2]!, rng));
        for (const [i, training] of trainings.entries()) {
          const lr = scheduledRate(schedule, learningRates[i]!, iteration, settings);
          losses.push(await readScalar(linearHeadStep(training, features, grid, labels, lr)));
        }
      } finally {
        tf.dispose([images, labels, features]);
      }
      // Before the first update a head that is finite gives a finite loss, unless the features are not.
      if (iteration === 0 && !Number.isFinite(losses[0])) {
        throw new Error(`model: the first loss is ${losses[0]}, wanted finite features`);
      }
      for (const [i, loss] of losses.entries()) history[i]!.push(loss);
      onIteration(++iteration, losses);
    }
  } catch (error) {
    trainings.forEach(disposeTraining);
    throw error;
  }
  return trainings.map(({ params, slots }, i) => {
    tf.dispose(slots);
    return { head: params, loss: recentLoss(history[i]!) };
  });
}

function startAll({ settings, classes }: TrainHeadsOptions, dim: number, rng: Generator): Training[] {
  const { learningRates, optimizer, weightDecay } = settings;
  return learningRates.map(() =>
    startTraining(initLinearHead(dim, classes, rng.split('head')), optimizer, weightDecay),
  );
}
