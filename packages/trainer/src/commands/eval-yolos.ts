import { writeFileSync } from 'node:fs';
import {
  type DetectionDataset,
  evaluateYolos,
  firstImages,
  openCocoDetection,
  type YolosResult,
} from '@cribo/eval-seg';
import { unprefixed } from '@cribo/vit';
import { Command } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { fromInput } from '../errors.js';
import type { EvaluationResult, Figure } from '../evaluations/record.js';
import { tableLines } from '../table-text.js';
import {
  addCheckpointOptions,
  addResultOptions,
  type EvaluationFlags,
  evaluateCheckpoint,
  type Prepared,
} from './evaluation.js';
import { count, notNegative, whole } from './number-flags.js';
import { checkWritable } from './output.js';
import { checkWholePatches } from './whole-patches.js';

interface Flags extends EvaluationFlags {
  root: string;
  trainSplit: string;
  valSplit: string;
  limit?: number;
  imageSize: number;
  tokens: number;
  batchSize: number;
  epochs: number;
  iterations?: number;
  lr: number;
  weightDecay: number;
  seed: number;
  detections?: string;
}

/** `cribo eval yolos`. */
export function evalYolosCommand(): Command {
  const command = new Command('yolos').description(
    'object detection (Table 6): finetune the network as YOLOS on one split of COCO, detect objects in another',
  );
  addCheckpointOptions(command)
    .requiredOption('--root <dir>', 'folder with annotations/instances_<split>.json, and <split>/ or images/<split>/')
    .option('--train-split <name>', 'split to train on', 'train2017')
    .option('--val-split <name>', 'split to detect objects in', 'val2017')
    .option('--limit <n>', 'use only the first images of each split, for trials', whole)
    .option('--image-size <px>', 'side of the square that images are padded to (YOLOS-S: 1333)', whole, 512)
    .option('--tokens <n>', 'detection tokens, the most objects in an image', whole, 100)
    .option('--batch-size <n>', 'images per update and forward pass', whole, 8)
    .option('--epochs <n>', 'passes over the split to train on', whole, 150)
    .option('--iterations <n>', 'updates, in place of epochs', whole)
    .option('--lr <x>', 'learning rate at the beginning of a cosine', notNegative, 2.5e-5)
    .option('--weight-decay <x>', 'weight decay', notNegative, 1e-4)
    .option('--seed <n>', 'seed of new parameters, order and augmentation', count, 0)
    .option('--detections <file>', "also write all detections in COCO's results format to this file");
  const examples = [
    '--checkpoint runs/coco --root coco/ --detections detections.json',
    '--checkpoint runs/coco --root coco/ --limit 500 --iterations 1000 --image-size 256',
  ];
  return addResultOptions(command, examples).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'yolos', prepare, headline, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<YolosResult>> {
  const { backbone } = info.network;
  checkWholePatches('--image-size', flags.imageSize, backbone.patchSize);
  if (flags.detections !== undefined) checkWritable('--detections', flags.detections);
  const open = async (split: string) =>
    limited(await fromInput(() => openCocoDetection(flags.root, split)), flags.limit);
  const [train, val] = [await open(flags.trainSplit), await open(flags.valSplit)];
  return {
    data: [train, val],
    run: (params, bars) =>
      evaluateYolos({
        backbone: unprefixed(params, 'backbone.'),
        network: backbone,
        train,
        val,
        imageSize: flags.imageSize,
        tokens: flags.tokens,
        batchSize: flags.batchSize,
        epochs: flags.epochs,
        ...(flags.iterations !== undefined && { iterations: flags.iterations }),
        learningRate: flags.lr,
        weightDecay: flags.weightDecay,
        seed: flags.seed,
        onProgress: (progress) => {
          const { phase, done, total } = progress;
          bars.update(phase, done, total, progress.phase === 'train' ? { loss: progress.loss.toFixed(3) } : {});
        },
        onDetections: (detections) => {
          if (flags.detections !== undefined) writeFileSync(flags.detections, JSON.stringify(detections));
        },
      }),
  };
}

const limited = (dataset: DetectionDataset, limit: number | undefined) =>
  limit === undefined ? dataset : firstImages(dataset, limit);

/** The columns of Table 6. */
const headline = (result: YolosResult): Figure[] =>
  (['AP', 'AP50', 'AP75'] as const).map((name) => ({ name, value: result[name] }));

/** The result for people: the columns of Table 6, and those of COCO for sizes and recall. */
function table(result: EvaluationResult<YolosResult>): string[] {
  const percent = (share: number | null) => (share === null ? '–' : (100 * share).toFixed(1));
  const { train, val, weights, step, imageSize, iterations, batchSize, trainLoss } = result;
  const columns = [
    ['AP', 'AP50', 'AP75'],
    ['APsmall', 'APmedium', 'APlarge'],
    ['AR1', 'AR10', 'AR100'],
  ] as const;
  return [
    `YOLOS detection, ${weights} weights at step ${step}: ${val.name} (${val.images} images) after ${iterations} iterations of ${batchSize} images of ${train.name} (${train.images}), ${imageSize} px, training loss ${trainLoss.toFixed(4)}. In %:`,
    ...columns.flatMap((names) => tableLines([names, names.map((name) => percent(result[name]))])),
  ];
}
