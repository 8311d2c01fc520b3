import * as tf from '@tensorflow/tfjs-core';
import { ConfusionMatrix } from '../confusion-matrix.js';
import type { SegDataset } from '../dataset.js';
import type { PatchModel } from '../patch-features.js';
import { checkSubset, sharedClasses } from '../shared-classes.js';
import { timed } from '../timed.js';
import { frozenNetwork } from './frozen-network.js';
import type { LinearOptimizer } from './head-optimizer.js';
import type { LinearSchedule } from './learning-rate.js';
import type { LinearResult, LinearRun } from './linear-result.js';
import { type Inference, type SegmentOptions, segmentImages } from './segment-images.js';
import { type TrainedHead, type TrainHeadsOptions, trainHeads } from './train-heads.js';
import { linearAugmentation } from './train-sample.js';

export interface EvaluateLinearOptions {
  /** The frozen network; for the last four blocks, one that returns their tokens side by side (d is then four widths). */
  readonly model: PatchModel;
  /** Labelled images to train the heads on, such as VOC `train`. */
  readonly train: SegDataset;
  /** Labelled images to segment, such as VOC `val`. */
  readonly val: SegDataset;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Side of the crops and windows in pixels, a multiple of `patchSize`; default 512. */
  readonly cropSize?: number;
  /** Crops per iteration and windows per forward pass; default 8. */
  readonly batchSize?: number;
  /** Updates of every head; default 4000. */
  readonly iterations?: number;
  /** One head is trained per rate; default 3e-4, 1e-3, 3e-3 and 1e-2. */
  readonly learningRates?: readonly number[];
  /** Default `adam`. */
  readonly optimizer?: LinearOptimizer;
  /** Default 0.01. */
  readonly weightDecay?: number;
  /** Default `poly`. */
  readonly schedule?: LinearSchedule;
  /** The learning rate at the end over the one at the beginning; default 0.1. */
  readonly minFactor?: number;
  /** Default `slide`. */
  readonly inference?: Inference;
  /** Pixels between two windows of `slide`; default 15/16 of the crop (480 for 512). */
  readonly stride?: number;
  /** Seed of the heads, the order of images and their augmentation; default 0. */
  readonly seed?: number;
  /** Classes of an additional mIoU, reported next to the one over all classes. */
  readonly classSubset?: readonly number[];
  readonly onProgress?: (progress: LinearProgress) => void;
}

export type LinearProgress =
  /** Iterations; `losses` of the last one, one per learning rate. */
  | { readonly phase: 'train'; readonly done: number; readonly total: number; readonly losses: readonly number[] }
  /** Images of `val`. */
  | { readonly phase: 'val'; readonly done: number; readonly total: number };

/**
 * Evaluates patch features by linear segmentation (Tables 2 and 7): a linear layer is trained on the features of the frozen
 * network, once per learning rate, and segments the images of `val`.
 * @throws Error of one sentence if a file is wrong, the two data sets have different classes, or a setting does not fit.
 */
export async function evaluateLinear(options: EvaluateLinearOptions): Promise<LinearResult> {
  const settings = withDefaults(options);
  const { train, val, patchSize, cropSize, batchSize, classSubset, onProgress } = settings;
  const classes = sharedClasses(train, val, { reference: 'train', other: 'val' });
  checkSettings(settings, classes.length);
  const network = frozenNetwork(settings.model, { cropSize, patchSize, batchSize });
  const training: TrainHeadsOptions = {
    ...settings,
    network,
    dataset: train,
    classes: classes.length,
    onIteration: (done, losses) => onProgress?.({ phase: 'train', done, total: settings.iterations, losses }),
  };
  const [trained, trainSeconds] = await timed(() => trainHeads(training));
  const { inference, stride } = settings;
  const [matrices, valSeconds] = await timed(() =>
    score(
      { network, heads: trained.map(({ head }) => head), dataset: val, classes: classes.length, inference, stride },
      (done) => onProgress?.({ phase: 'val', done, total: val.length }),
    ),
  ).finally(() => tf.dispose(trained.map(({ head }) => head)));
  const runs = matrices.map((matrix, i) => summary(matrix, settings.learningRates[i]!, trained[i]!, classSubset));
  return {
    train: { name: train.name, images: train.length },
    val: { name: val.name, images: val.length },
    classes: [...classes],
    ...(classSubset && { classSubset: [...classSubset] }),
    patchSize,
    cropSize,
    featureDim: trained[0]!.head.weight!.shape[0]!,
    batchSize,
    iterations: settings.iterations,
    optimizer: settings.optimizer,
    weightDecay: settings.weightDecay,
    schedule: settings.schedule,
    minFactor: settings.minFactor,
    augmentation: linearAugmentation,
    inference,
    stride: inference === 'slide' ? stride : null,
    seed: settings.seed,
    runs,
    best: runs.reduce((best, run) => ((run.mIoU ?? -1) > (best.mIoU ?? -1) ? run : best)),
    seconds: { train: trainSeconds, val: valSeconds },
  };
}

/** The options with every default filled in. */
function withDefaults(options: EvaluateLinearOptions): Settings {
  const { cropSize = 512, batchSize = 8, iterations = 4000, learningRates = [3e-4, 1e-3, 3e-3, 1e-2] } = options;
  const { optimizer = 'adam', weightDecay = 0.01, schedule = 'poly', minFactor = 0.1 } = options;
  const { inference = 'slide', stride = Math.max(1, Math.round((cropSize * 15) / 16)), seed = 0 } = options;
  const schedules = { iterations, learningRates, optimizer, weightDecay, schedule, minFactor };
  return { ...options, cropSize, batchSize, ...schedules, inference, stride, seed };
}

type Settings = Required<Omit<EvaluateLinearOptions, 'classSubset' | 'onProgress'>> &
  Pick<EvaluateLinearOptions, 'classSubset' | 'onProgress'>;

function checkSettings(settings: Settings, classes: number): void {
  const { train, val, learningRates, weightDecay, minFactor, cropSize } = settings;
  for (const dataset of [train, val]) {
    if (dataset.length === 0) throw new Error(`${dataset.name}: got no images, wanted at least one`);
  }
  for (const name of ['iterations', 'stride'] as const) {
    const value = settings[name];
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: got ${value}, wanted a positive whole number`);
  }
  if (settings.stride > cropSize) {
    throw new Error(`stride: got ${settings.stride}, wanted at most the crop size ${cropSize}`);
  }
  if (learningRates.length === 0 || learningRates.some((rate) => !(rate > 0 && Number.isFinite(rate)))) {
    throw new Error(`learningRates: got [${learningRates.join(', ')}], wanted one or more positive numbers`);
  }
  if (!(weightDecay >= 0)) throw new Error(`weightDecay: got ${weightDecay}, wanted 0 or more`);
  if (!(minFactor >= 0 && minFactor <= 1)) throw new Error(`minFactor: got ${minFactor}, wanted a number from 0 to 1`);
  checkSubset(settings.classSubset, classes);
}

/** One confusion matrix per head. */
async function score(options: SegmentOptions, onImage: (done: number) => void): Promise<ConfusionMatrix[]> {
  const matrices = options.heads.map(() => new ConfusionMatrix(options.classes));
  let done = 0;
  for await (const { item, predicted } of segmentImages(options)) {
    for (const [head, matrix] of matrices.entries()) matrix.add(item.mask.data, predicted[head]!);
    onImage(++done);
  }
  return matrices;
}

function summary(
  matrix: ConfusionMatrix,
  learningRate: number,
  { loss }: TrainedHead,
  subset: readonly number[] | undefined,
): LinearRun {
  return {
    learningRate,
    trainLoss: Number.isFinite(loss) ? loss : null,
    mIoU: matrix.meanIoU(),
    ...(subset && { mIoUSubset: matrix.meanIoU(subset) }),
    accuracy: matrix.accuracy(),
    iou: matrix.iou(),
  };
}
