import { Generator, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { SegDataset } from '../dataset.js';
import { type FrozenNetwork, frozenFeatures } from './frozen-network.js';
import type { LinearOptimizer } from './head-optimizer.js';
import { disposeHeadTraining, type HeadTraining, linearHeadStep, startHeadTraining } from './head-trainer.js';
import { type LinearSchedule, scheduledRate } from './learning-rate.js';
import { initLinearHead } from './linear-head.js';
import { trainBatches } from './train-batches.js';

export interface TrainHeadsOptions {
  readonly network: FrozenNetwork;
  readonly dataset: SegDataset;
  readonly classes: number;
  readonly iterations: number;
  readonly learningRates: readonly number[];
  readonly optimizer: LinearOptimizer;
  readonly weightDecay: number;
  readonly schedule: LinearSchedule;
  /** The learning rate at the end over the one at the beginning. */
  readonly minFactor: number;
  readonly seed: number;
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
  const { network, iterations, learningRates, schedule, minFactor } = options;
  const { batchSize, cropSize, grid } = network;
  const rng = Generator.fromSeed(options.seed).split('linear');
  const trainings: HeadTraining[] = [];
  const sums = learningRates.map(() => 0);
  const counted = Math.ceil(iterations / 10);
  let iteration = 0;
  try {
    for await (const batch of trainBatches(options.dataset, { batchSize, cropSize, iterations }, rng)) {
      const features = frozenFeatures(network, batch.images);
      const labels = tf.tensor3d(batch.labels, [batchSize, cropSize, cropSize], 'int32');
      if (iteration === 0) trainings.push(...startAll(options, features.shape[2]!, rng));
      const losses: number[] = [];
      try {
        for (const [i, training] of trainings.entries()) {
          const lr = scheduledRate(schedule, learningRates[i]!, iteration, { iterations, minFactor });
          losses.push(await read(linearHeadStep(training, features, grid, labels, lr)));
        }
      } finally {
        tf.dispose([features, labels]);
      }
      // Before the first update a head that is finite gives a finite loss, unless the features are not.
      if (iteration === 0 && !Number.isFinite(losses[0])) {
        throw new Error(`model: the first loss is ${losses[0]}, wanted finite features`);
      }
      iteration++;
      if (iteration > iterations - counted) for (const [i, loss] of losses.entries()) sums[i]! += loss / counted;
      options.onIteration(iteration, losses);
    }
  } catch (error) {
    trainings.forEach(disposeHeadTraining);
    throw error;
  }
  return trainings.map(({ head, slots }, i) => {
    tf.dispose(slots);
    return { head, loss: sums[i]! };
  });
}

function startAll(options: TrainHeadsOptions, dim: number, rng: Generator): HeadTraining[] {
  const { learningRates, classes, optimizer, weightDecay } = options;
  return learningRates.map(() =>
    startHeadTraining(initLinearHead(dim, classes, rng.split('head')), optimizer, weightDecay),
  );
}

async function read(scalar: tf.Scalar): Promise<number> {
  const [value] = await scalar.data();
  scalar.dispose();
  return value!;
}
