import { Generator, type Params } from '@cribo/tensor';
import type { VitConfig } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { checkNotEmpty, checkWhole } from '../checks.js';
import { timed } from '../timed.js';
import { type CocoAp, cocoAp } from './coco-ap.js';
import type { CocoDetection } from './coco-format.js';
import { detectObjects } from './detect-objects.js';
import type { DetectionDataset } from './detection-dataset.js';
import { detectionAugmentation } from './square-view.js';
import { trainYolos } from './train-yolos.js';
import { initYolos } from './yolos.js';

export interface EvaluateYolosOptions {
  /** Parameters of the pretrained network under timm names, as from `initVit`; they stay the caller's. */
  readonly backbone: Params;
  /** Its shape. */
  readonly network: VitConfig;
  /** Images to train on, such as COCO `train2017`. */
  readonly train: DetectionDataset;
  /** Images to detect objects in, such as COCO `val2017`. */
  readonly val: DetectionDataset;
  /** Side of the square that images are padded to, their longer side in evaluation, in pixels; default 512. */
  readonly imageSize?: number;
  /** Detection tokens; default 100. */
  readonly tokens?: number;
  /** Images per update and forward pass; default 8. */
  readonly batchSize?: number;
  /** Passes over `train`; default 150. */
  readonly epochs?: number;
  /** Updates; default as many as `epochs` takes, without the images that fill no batch. */
  readonly iterations?: number;
  /** Default 2.5e-5. */
  readonly learningRate?: number;
  /** At the end of the cosine; default 1e-7. */
  readonly minLearningRate?: number;
  /** Default 1e-4. */
  readonly weightDecay?: number;
  /** Gradients are scaled together to a norm of at most this; default 0.1. */
  readonly clipNorm?: number;
  /** Seed of new parameters, order and augmentation; default 0. */
  readonly seed?: number;
  readonly onProgress?: (progress: YolosProgress) => void;
  /** Called with all detections in `val`, before they are scored. */
  readonly onDetections?: (detections: readonly CocoDetection[]) => void;
}

export type YolosProgress =
  /** Iterations, and the loss of the last one. */
  | { readonly phase: 'train'; readonly done: number; readonly total: number; readonly loss: number }
  /** Images of `val`. */
  | { readonly phase: 'val'; readonly done: number; readonly total: number };

/** The outcome of {@link evaluateYolos} with every setting that led to it; plain data, ready for JSON. Shares are of 1. */
export interface YolosResult extends Omit<CocoAp, 'categories'> {
  readonly categories: { readonly id: number; readonly name: string; readonly AP: number | null }[];
  readonly train: { readonly name: string; readonly images: number };
  readonly val: { readonly name: string; readonly images: number };
  readonly imageSize: number;
  readonly tokens: number;
  readonly batchSize: number;
  readonly iterations: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly augmentation: typeof detectionAugmentation;
  readonly seed: number;
  /** Mean over the last tenth of the iterations. */
  readonly trainLoss: number;
  readonly detections: number;
  readonly seconds: { readonly train: number; readonly val: number };
}

/**
 * Evaluates a pretrained vision transformer by detection (Table 6): it is finetuned as YOLOS (Fang et al., 2021) on `train`, detects the
 * objects of `val`, and these are scored by COCO's average precision.
 * @throws Error of one sentence if a file is wrong, the two data sets have different categories, a setting does not fit, or the
 * training diverges.
 */
export async function evaluateYolos(options: EvaluateYolosOptions): Promise<YolosResult> {
  const { train, val, network, seed = 0, onProgress, onDetections } = options;
  const settings = withDefaults(options);
  const { imageSize, tokens, batchSize, iterations } = settings;
  checkSettings(options, settings);
  const config = { backbone: { ...network, imageSize }, tokens, classes: train.categories.length };
  const rng = Generator.fromSeed(seed).split('yolos');
  const [trained, trainSeconds] = await timed(() =>
    trainYolos(initYolos(options.backbone, config, rng.split('network')), {
      ...settings,
      config,
      train,
      rng: rng.split('training'),
      onIteration: (done, loss) => onProgress?.({ phase: 'train', done, total: iterations, loss }),
    }),
  );
  const [detections, valSeconds] = await timed(() =>
    detectObjects(trained.params, config, val, batchSize, (done) =>
      onProgress?.({ phase: 'val', done, total: val.length }),
    ),
  ).finally(() => tf.dispose(trained.params));
  onDetections?.(detections);
  const { categories, ...scores } = cocoAp({ groundTruth: val.groundTruth, detections });
  const names = new Map(val.categories.map(({ id, name }) => [id, name]));
  return {
    ...scores,
    categories: categories.map(({ id, AP }) => ({ id, name: names.get(id)!, AP })),
    train: { name: train.name, images: train.length },
    val: { name: val.name, images: val.length },
    ...settings,
    augmentation: detectionAugmentation,
    seed,
    trainLoss: trained.loss,
    detections: detections.length,
    seconds: { train: trainSeconds, val: valSeconds },
  };
}

function withDefaults(options: EvaluateYolosOptions) {
  const { imageSize = 512, tokens = 100, batchSize = 8, epochs = 150 } = options;
  const { iterations = epochs * Math.max(1, Math.floor(options.train.length / batchSize)) } = options;
  const { learningRate = 2.5e-5, minLearningRate = 1e-7, weightDecay = 1e-4, clipNorm = 0.1 } = options;
  return { imageSize, tokens, batchSize, iterations, learningRate, minLearningRate, weightDecay, clipNorm };
}

function checkSettings(
  { train, val, network, epochs = 1 }: EvaluateYolosOptions,
  settings: ReturnType<typeof withDefaults>,
): void {
  checkNotEmpty(train, val);
  const { imageSize, tokens, batchSize, iterations } = settings;
  for (const [name, value] of Object.entries({ imageSize, tokens, batchSize, epochs, iterations })) {
    checkWhole(name, value);
  }
  if (imageSize % network.patchSize !== 0) {
    throw new Error(`imageSize: got ${imageSize}, wanted a multiple of the patch size ${network.patchSize}`);
  }
  for (const name of ['learningRate', 'minLearningRate', 'clipNorm'] as const) {
    if (!(settings[name] > 0)) throw new Error(`${name}: got ${settings[name]}, wanted a positive number`);
  }
  if (!(settings.weightDecay >= 0)) throw new Error(`weightDecay: got ${settings.weightDecay}, wanted 0 or more`);
  const listed = (dataset: DetectionDataset) => dataset.categories.map(({ id, name }) => `${id} ${name}`);
  const [wanted, found] = [listed(train), listed(val)];
  const other = Array.from({ length: Math.max(wanted.length, found.length) }, (_, i) => i).find(
    (i) => wanted[i] !== found[i],
  );
  if (wanted.length === 0) throw new Error(`${train.name}: got no categories, wanted at least one`);
  if (other !== undefined) {
    throw new Error(
      `${val.name}: category ${other} is ${found[other] ?? 'missing'}, expected ${wanted[other] ?? 'none'} as in ${train.name}`,
    );
  }
}
