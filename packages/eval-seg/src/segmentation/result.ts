import type { ConfusionMatrix } from '../confusion-matrix.js';
import type { RateSchedule } from '../training/learning-rate.js';
import type { UpdateRule } from '../training/update-rule.js';
import type { SegmentationSettings } from './options.js';
import type { Inference } from './segment-images.js';
import { segmentationAugmentation } from './train-sample.js';

/** What was trained at one learning rate, on `val`, at the images' own resolution. All numbers are shares of 1. */
export interface SegmentationRun {
  readonly learningRate: number;
  /** Mean over the last tenth of the iterations; `null` if it diverged. */
  readonly trainLoss: number | null;
  /** Over all classes that are present; `null` if none is, or the training diverged. */
  readonly mIoU: number | null;
  /** Over those of `classSubset` that are present. */
  readonly mIoUSubset?: number | null;
  /** Share of correct pixels. */
  readonly accuracy: number | null;
  /** One per class; `null` for a class that is neither in the ground truth nor predicted. */
  readonly iou: (number | null)[];
}

/** The outcome of an evaluation with every setting that led to it; plain data, ready for JSON. */
export interface SegmentationResult {
  readonly train: { readonly name: string; readonly images: number };
  readonly val: { readonly name: string; readonly images: number };
  readonly classes: string[];
  readonly classSubset?: number[];
  readonly patchSize: number;
  readonly cropSize: number;
  readonly batchSize: number;
  readonly iterations: number;
  readonly optimizer: UpdateRule;
  readonly weightDecay: number;
  readonly schedule: RateSchedule;
  readonly minFactor: number;
  readonly augmentation: typeof segmentationAugmentation;
  readonly inference: Inference;
  /** `null` for `whole`, which has none. */
  readonly stride: number | null;
  readonly seed: number;
  /** One per learning rate, in their order. */
  readonly runs: SegmentationRun[];
  /** The run of the highest mIoU, the first of equals; it is chosen on `val` itself. */
  readonly best: SegmentationRun;
  /** Pixels of `best`: `[classes][classes]`, rows are the ground truth, columns the prediction. */
  readonly confusion: number[][];
  readonly seconds: { readonly train: number; readonly val: number };
}

/** @param loss of the last tenth of the iterations */
export function segmentationRun(
  matrix: ConfusionMatrix,
  learningRate: number,
  loss: number,
  subset: readonly number[] | undefined,
): SegmentationRun {
  return {
    learningRate,
    trainLoss: Number.isFinite(loss) ? loss : null,
    mIoU: matrix.meanIoU(),
    ...(subset && { mIoUSubset: matrix.meanIoU(subset) }),
    accuracy: matrix.accuracy(),
    iou: matrix.iou(),
  };
}

/** Settings and runs as plain data. @param matrices one per run */
export function segmentationResult(
  settings: SegmentationSettings,
  {
    classes,
    patchSize,
    runs,
    matrices,
    seconds,
  }: Pick<SegmentationResult, 'patchSize' | 'runs' | 'seconds'> & {
    readonly classes: readonly string[];
    readonly matrices: readonly ConfusionMatrix[];
  },
): SegmentationResult {
  const best = runs.reduce((best, run) => ((run.mIoU ?? -1) > (best.mIoU ?? -1) ? run : best));
  const { train, val, classSubset, learningRates, ...rest } = settings;
  return {
    train: { name: train.name, images: train.length },
    val: { name: val.name, images: val.length },
    classes: [...classes],
    ...(classSubset && { classSubset: [...classSubset] }),
    patchSize,
    ...rest,
    stride: rest.inference === 'slide' ? rest.stride : null,
    augmentation: segmentationAugmentation,
    runs,
    best,
    confusion: matrices[runs.indexOf(best)]!.rows(),
    seconds,
  };
}
