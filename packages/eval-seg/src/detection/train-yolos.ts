import type { Generator, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { scheduledRate } from '../training/learning-rate.js';
import { recentLoss } from '../training/recent-loss.js';
import { shuffledBatches } from '../training/shuffled-batches.js';
import { disposeTraining } from '../training/training.js';
import type { DetectionDataset } from './detection-dataset.js';
import { drawView, squareView } from './square-view.js';
import type { YolosConfig } from './yolos.js';
import { startYolosTraining } from './yolos-optimizer.js';
import { yolosStep } from './yolos-step.js';

export interface TrainYolosOptions {
  readonly config: YolosConfig;
  readonly train: DetectionDataset;
  readonly batchSize: number;
  readonly iterations: number;
  /** At the beginning; it falls along half a cosine to `minLearningRate`. */
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly weightDecay: number;
  /** Gradients are scaled together to a norm of at most this. */
  readonly clipNorm: number;
  readonly rng: Generator;
  /** Called after every iteration with its loss. */
  readonly onIteration: (done: number, loss: number) => void;
}

/**
 * Trains a detector, the whole network, on augmented images.
 * @param params as from `initYolos`; they are taken over
 * @returns the trained parameters, which belong to the caller, and the mean loss over the last tenth of the iterations
 * @throws Error if the loss is not finite; and what `train.item` throws
 */
export async function trainYolos(
  params: Params,
  options: TrainYolosOptions,
): Promise<{ params: Params; loss: number }> {
  const { config, train, batchSize, iterations, learningRate, minLearningRate, rng } = options;
  const size = config.backbone.imageSize;
  const load = async (index: number, sampleRng: Generator) => {
    const { image, objects } = await train.item(index);
    return squareView(image, objects, drawView(image, sampleRng), size);
  };
  const training = startYolosTraining(params, options.weightDecay);
  const losses: number[] = [];
  try {
    for await (const views of shuffledBatches({ length: train.length, batchSize, iterations, load }, rng)) {
      const minFactor = minLearningRate / learningRate;
      const lr = scheduledRate('cosine', learningRate, losses.length, { iterations, minFactor });
      const loss = await yolosStep(training, config, views, { lr, clipNorm: options.clipNorm });
      if (!Number.isFinite(loss))
        throw new Error(`training: the loss of iteration ${losses.length + 1} is ${loss}, wanted a finite one`);
      losses.push(loss);
      options.onIteration(losses.length, loss);
    }
  } catch (error) {
    disposeTraining(training);
    throw error;
  }
  tf.dispose(training.slots);
  return { params: training.params, loss: recentLoss(losses) };
}
