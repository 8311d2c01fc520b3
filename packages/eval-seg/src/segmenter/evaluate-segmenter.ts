import { Generator, type Params } from '@cribo/tensor';
import { prefixed, type VitConfig } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { checkWhole } from '../checks.js';
import { ConfusionMatrix } from '../confusion-matrix.js';
import { type CropBatch, cropBatch } from '../segmentation/crop-batch.js';
import {
  checkSettings,
  type SegmentationOptions,
  type SegmentationSettings,
  withDefaults,
} from '../segmentation/options.js';
import {
  type SegmentationResult,
  type SegmentationRun,
  segmentationResult,
  segmentationRun,
} from '../segmentation/result.js';
import { scoreImages } from '../segmentation/score-images.js';
import type { Segmented } from '../segmentation/segment-images.js';
import { sharedClasses } from '../shared-classes.js';
import { timed } from '../timed.js';
import { initMaskTransformer } from './init-mask-transformer.js';
import { type SegmenterConfig, segmenterLogits } from './segmenter.js';
import { type TrainedSegmenter, trainSegmenter } from './train-segmenter.js';

export interface EvaluateSegmenterOptions extends SegmentationOptions {
  /** The pretrained network under timm/DINO names, as from `initVit`; its weights stay as they are. */
  readonly backbone: { readonly params: Params; readonly config: VitConfig };
  /** Layers of the decoder, which is as wide as the backbone and has as many heads; default 2. */
  readonly decoderLayers?: number;
  /** Stochastic depth of the last block and the last decoder layer in training; default 0.1. */
  readonly dropPath?: number;
  readonly onProgress?: (progress: SegmenterProgress) => void;
  /**
   * Called for every learning rate with the fine-tuned parameters, named `backbone.*` and `decoder.*`; they are disposed of when it
   * returns or its promise resolves.
   */
  readonly onTrained?: (params: Params, run: SegmentationRun) => void | Promise<void>;
}

/** Learning rates come one after the other, each with its training and its images of `val`. */
export type SegmenterProgress =
  | {
      readonly phase: 'train';
      readonly learningRate: number;
      readonly done: number;
      readonly total: number;
      /** Of the last iteration. */
      readonly loss: number;
    }
  | { readonly phase: 'val'; readonly learningRate: number; readonly done: number; readonly total: number };

/** The outcome of `evaluateSegmenter`. */
export interface SegmenterResult extends SegmentationResult {
  readonly decoder: { readonly layers: number; readonly heads: number; readonly dim: number };
  readonly dropPath: number;
}

const defaults = { iterations: 20_000, learningRates: [3e-5, 1e-4, 3e-4, 1e-3], weightDecay: 0 };

/**
 * Evaluates a pretrained network by Segmenter (Table 3): a mask transformer is put on its patch tokens, both are trained end to
 * end, once per learning rate and every time from the same weights, and segment the images of `val`.
 * @throws Error of one sentence if a file is wrong, the two data sets have different classes, or a setting does not fit.
 */
export async function evaluateSegmenter(options: EvaluateSegmenterOptions): Promise<SegmenterResult> {
  const { backbone, decoderLayers = 2, dropPath = 0.1, onTrained } = options;
  const settings = withDefaults(options, defaults);
  const { train, val, learningRates } = settings;
  const classes = sharedClasses(train, val, { reference: 'train', other: 'val' });
  checkSettings(settings, classes.length);
  const { patchSize } = backbone.config;
  const crops = cropBatch({ ...settings, patchSize });
  const config = segmenterConfig(backbone.config, { decoderLayers, dropPath, classes: classes.length });
  const decoder = initMaskTransformer(config.decoder, Generator.fromSeed(settings.seed).split('decoder'));
  const initial = { ...prefixed(backbone.params, 'backbone.'), ...prefixed(decoder, 'decoder.') };
  const runs: SegmentationRun[] = [];
  const matrices: ConfusionMatrix[] = [];
  const seconds = { train: 0, val: 0 };
  try {
    for (const learningRate of learningRates) {
      const [trained, trainSeconds] = await timed(() =>
        trainSegmenter({
          settings,
          config,
          initial,
          learningRate,
          onIteration: (done, loss) =>
            options.onProgress?.({ phase: 'train', learningRate, done, total: settings.iterations, loss }),
        }),
      );
      try {
        const [matrix, valSeconds] = await timed(() =>
          score(trained, config, crops, settings, (done, { item, predicted }) => {
            options.onSegmented?.({ learningRate, image: done - 1, item, predicted: predicted[0]! });
            options.onProgress?.({ phase: 'val', learningRate, done, total: val.length });
          }),
        );
        const run = segmentationRun(matrix, learningRate, trained.loss, settings.classSubset);
        await onTrained?.(trained.params, run);
        runs.push(run);
        matrices.push(matrix);
        seconds.train += trainSeconds;
        seconds.val += valSeconds;
      } finally {
        tf.dispose(trained.params);
      }
    }
  } finally {
    tf.dispose(decoder);
  }
  return {
    ...segmentationResult(settings, { classes, patchSize, runs, matrices, seconds }),
    decoder: { layers: decoderLayers, heads: config.decoder.numHeads, dim: config.decoder.embedDim },
    dropPath,
  };
}

/** @throws Error of one sentence naming the setting that does not fit */
function segmenterConfig(
  backbone: VitConfig,
  options: { readonly decoderLayers: number; readonly dropPath: number; readonly classes: number },
): SegmenterConfig {
  const { decoderLayers: depth, dropPath, classes } = options;
  checkWhole('decoderLayers', depth);
  if (!(dropPath >= 0 && dropPath < 1)) throw new Error(`dropPath: got ${dropPath}, wanted a number from 0 to below 1`);
  const { embedDim, numHeads } = backbone;
  return {
    backbone: { ...backbone, dropPathRate: dropPath },
    decoder: { inDim: embedDim, embedDim, depth, numHeads, mlpRatio: 4, classes, dropPathRate: dropPath },
  };
}

/** The confusion matrix of `val`; empty for a network that diverged, whose logits are no numbers. */
async function score(
  { params, loss }: TrainedSegmenter,
  config: SegmenterConfig,
  crops: CropBatch,
  settings: SegmentationSettings,
  onImage: (done: number, segmented: Segmented) => void,
): Promise<ConfusionMatrix> {
  const { classes } = config.decoder;
  if (!Number.isFinite(loss)) return new ConfusionMatrix(classes);
  const logits = (images: tf.Tensor4D) => [segmenterLogits(params, config, images)];
  const [matrix] = await scoreImages({ ...settings, logits, crops, dataset: settings.val, classes }, onImage);
  return matrix!;
}
