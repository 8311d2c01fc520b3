import { checkNotEmpty, checkWhole } from '../checks.js';
import type { SegDataset, SegItem } from '../dataset.js';
import { checkSubset } from '../shared-classes.js';
import type { RateSchedule } from '../training/learning-rate.js';
import type { UpdateRule } from '../training/update-rule.js';
import type { Inference } from './segment-images.js';

/** What the evaluations that train a segmentation decoder, `evaluateLinear` and `evaluateSegmenter`, have in common. */
export interface SegmentationOptions {
  /** Labelled images to train on, such as VOC `train`. */
  readonly train: SegDataset;
  /** Labelled images to segment, such as VOC `val`. */
  readonly val: SegDataset;
  /** Side of the crops and windows in pixels, a multiple of the patch size; default 512. */
  readonly cropSize?: number;
  /** Crops per iteration and windows per forward pass; default 8. */
  readonly batchSize?: number;
  /** Updates; default 4000 of a linear decoder, 20000 of Segmenter. */
  readonly iterations?: number;
  /** One result per rate; default 3e-4, 1e-3, 3e-3, 1e-2 of a linear decoder, 3e-5, 1e-4, 3e-4, 1e-3 of Segmenter. */
  readonly learningRates?: readonly number[];
  /** Default `adam`. */
  readonly optimizer?: UpdateRule;
  /** Default 0.01 of a linear decoder, 0 of Segmenter. */
  readonly weightDecay?: number;
  /** Default `poly`. */
  readonly schedule?: RateSchedule;
  /** The learning rate at the end over the one at the beginning; default 0.1. */
  readonly minFactor?: number;
  /** Default `slide`. */
  readonly inference?: Inference;
  /** Pixels between two windows of `slide`; default 15/16 of the crop (480 for 512). */
  readonly stride?: number;
  /** Seed of the decoder, the order of images, their augmentation and the stochastic depth; default 0. */
  readonly seed?: number;
  /** Classes of an additional mIoU, reported next to the one over all classes. */
  readonly classSubset?: readonly number[];
  /** Called with every image of `val` as each learning rate has it segmented. */
  readonly onSegmented?: (segmented: SegmentedBy) => void;
}

/** An image of `val` as what was trained at one learning rate has it segmented. */
export interface SegmentedBy {
  readonly learningRate: number;
  /** Its place in `val`. */
  readonly image: number;
  readonly item: SegItem;
  /** The class of every pixel, at the image's own resolution. */
  readonly predicted: Uint8Array;
}

/** The options with every default filled in. */
export type SegmentationSettings = Required<Omit<SegmentationOptions, 'classSubset' | 'onSegmented'>> &
  Pick<SegmentationOptions, 'classSubset'>;

/** @param defaults of the evaluation at hand, where they differ */
export function withDefaults(
  options: SegmentationOptions,
  defaults: Pick<SegmentationSettings, 'iterations' | 'learningRates' | 'weightDecay'>,
): SegmentationSettings {
  const { train, val, cropSize = 512, classSubset } = options;
  return {
    train,
    val,
    cropSize,
    batchSize: options.batchSize ?? 8,
    iterations: options.iterations ?? defaults.iterations,
    learningRates: options.learningRates ?? defaults.learningRates,
    optimizer: options.optimizer ?? 'adam',
    weightDecay: options.weightDecay ?? defaults.weightDecay,
    schedule: options.schedule ?? 'poly',
    minFactor: options.minFactor ?? 0.1,
    inference: options.inference ?? 'slide',
    stride: options.stride ?? Math.max(1, Math.round((cropSize * 15) / 16)),
    seed: options.seed ?? 0,
    ...(classSubset && { classSubset }),
  };
}

/**
 * @param classes number of classes
 * @throws Error of one sentence naming the setting that does not fit
 */
export function checkSettings(settings: SegmentationSettings, classes: number): void {
  const { train, val, learningRates, weightDecay, minFactor, cropSize } = settings;
  checkNotEmpty(train, val);
  for (const name of ['iterations', 'stride'] as const) checkWhole(name, settings[name]);
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
