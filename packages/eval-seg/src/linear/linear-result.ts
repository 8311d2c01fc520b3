import type { LinearOptimizer } from './head-optimizer.js';
import type { LinearSchedule } from './learning-rate.js';
import type { Inference } from './segment-images.js';
import type { linearAugmentation } from './train-sample.js';

/** The head of one learning rate on `val`, at the images' own resolution. All numbers are shares of 1. */
export interface LinearRun {
  readonly learningRate: number;
  /** Mean over the last tenth of the iterations; `null` if it diverged. */
  readonly trainLoss: number | null;
  /** Over all classes that are present; `null` if none is. */
  readonly mIoU: number | null;
  /** Over those of `classSubset` that are present. */
  readonly mIoUSubset?: number | null;
  /** Share of correct pixels. */
  readonly accuracy: number | null;
  /** One per class; `null` for a class that is neither in the ground truth nor predicted. */
  readonly iou: (number | null)[];
}

/** The outcome of `evaluateLinear` with every setting that led to it; plain data, ready for JSON. */
export interface LinearResult {
  readonly train: { readonly name: string; readonly images: number };
  readonly val: { readonly name: string; readonly images: number };
  readonly classes: string[];
  readonly classSubset?: number[];
  readonly patchSize: number;
  readonly cropSize: number;
  /** d, inputs of the linear layer. */
  readonly featureDim: number;
  readonly batchSize: number;
  readonly iterations: number;
  readonly optimizer: LinearOptimizer;
  readonly weightDecay: number;
  readonly schedule: LinearSchedule;
  readonly minFactor: number;
  readonly augmentation: typeof linearAugmentation;
  readonly inference: Inference;
  /** `null` for `whole`, which has none. */
  readonly stride: number | null;
  readonly seed: number;
  /** One per learning rate, in their order. */
  readonly runs: LinearRun[];
  /** The run of the highest mIoU, the first of equals; it is chosen on `val` itself. */
  readonly best: LinearRun;
  readonly seconds: { readonly train: number; readonly val: number };
}
