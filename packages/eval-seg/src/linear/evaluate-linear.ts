import * as tf from '@tensorflow/tfjs-core';
import { ConfusionMatrix } from '../confusion-matrix.js';
import { type PatchModel, patchTokens } from '../patch-model.js';
import { cropBatch } from '../segmentation/crop-batch.js';
import { checkSettings, type SegmentationOptions, withDefaults } from '../segmentation/options.js';
import { type SegmentationResult, segmentationResult, segmentationRun } from '../segmentation/result.js';
import { scoreImages } from '../segmentation/score-images.js';
import { sharedClasses } from '../shared-classes.js';
import { timed } from '../timed.js';
import { linearHeadLogits } from './linear-head.js';
import { trainHeads } from './train-heads.js';

export interface EvaluateLinearOptions extends SegmentationOptions {
  /** The frozen network; for the last four blocks, one that returns their tokens side by side (d is then four widths). */
  readonly model: PatchModel;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  readonly onProgress?: (progress: LinearProgress) => void;
}

export type LinearProgress =
  /** Iterations; `losses` of the last one, one per learning rate. */
  | { readonly phase: 'train'; readonly done: number; readonly total: number; readonly losses: readonly number[] }
  /** Images of `val`. */
  | { readonly phase: 'val'; readonly done: number; readonly total: number };

/** The outcome of `evaluateLinear`. */
export interface LinearResult extends SegmentationResult {
  /** d, inputs of the linear layer. */
  readonly featureDim: number;
}

const defaults = { iterations: 4000, learningRates: [3e-4, 1e-3, 3e-3, 1e-2], weightDecay: 0.01 };

/**
 * Evaluates patch features by linear segmentation (Tables 2 and 7): a linear layer is trained on the features of the frozen
 * network, once per learning rate, and segments the images of `val`.
 * @throws Error of one sentence if a file is wrong, the two data sets have different classes, or a setting does not fit.
 */
export async function evaluateLinear(options: EvaluateLinearOptions): Promise<LinearResult> {
  const { model, patchSize, onProgress } = options;
  const settings = withDefaults(options, defaults);
  const { train, val, iterations, learningRates } = settings;
  const classes = sharedClasses(train, val, { reference: 'train', other: 'val' });
  checkSettings(settings, classes.length);
  const crops = cropBatch({ ...settings, patchSize });
  const features = (images: tf.Tensor4D) => patchTokens(model, images, crops.patches);
  const [trained, trainSeconds] = await timed(() =>
    trainHeads({
      settings,
      features,
      grid: crops.grid,
      classes: classes.length,
      onIteration: (done, losses) => onProgress?.({ phase: 'train', done, total: iterations, losses }),
    }),
  );
  const featureDim = trained[0]!.head.weight!.shape[0]!;
  const logits = (images: tf.Tensor4D) => {
    const tokens = features(images);
    return trained.map(({ head }) => linearHeadLogits(head, tokens));
  };
  const [counted, valSeconds] = await timed(() =>
    scoreImages({ ...settings, logits, crops, dataset: val, classes: classes.length }, (done, { item, predicted }) => {
      for (const [i, labels] of predicted.entries()) {
        options.onSegmented?.({ learningRate: learningRates[i]!, image: done - 1, item, predicted: labels });
      }
      onProgress?.({ phase: 'val', done, total: val.length });
    }),
  ).finally(() => tf.dispose(trained.map(({ head }) => head)));
  // The logits of a head that diverged are no numbers, and their largest no prediction.
  const matrices = counted.map((matrix, i) =>
    Number.isFinite(trained[i]!.loss) ? matrix : new ConfusionMatrix(classes.length),
  );
  const runs = matrices.map((matrix, i) =>
    segmentationRun(matrix, learningRates[i]!, trained[i]!.loss, settings.classSubset),
  );
  const seconds = { train: trainSeconds, val: valSeconds };
  return { ...segmentationResult(settings, { classes, patchSize, runs, matrices, seconds }), featureDim };
}
