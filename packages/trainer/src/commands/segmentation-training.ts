import type {
  Inference,
  RateSchedule,
  SegmentationOptions,
  SegmentationResult,
  SegmentedBy,
  UpdateRule,
} from '@cribo/eval-seg';
import { type Command, Option } from 'commander';
import { type Figure, percentOf } from '../evaluations/record.js';
import type { EvaluationPicture } from '../evaluations/saved.js';
import { classPictures, drawnImages, predictionPicture } from '../evaluations/segmentation-pictures.js';
import { tableLines } from '../table-text.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import { addPictureOption, type EvaluationFlags } from './evaluation.js';
import { count, listOption, notNegative, positives, whole, wholes } from './number-flags.js';
import { checkWholePatches } from './whole-patches.js';

/** The flags of the evaluations that train a segmentation decoder. */
export interface SegmentationFlags extends EvaluationFlags, DatasetFlags {
  pictures: number;
  trainSplit?: string;
  valSplit?: string;
  iterations: number;
  lr: number[];
  optimizer: UpdateRule;
  weightDecay: number;
  schedule: RateSchedule;
  batchSize: number;
  cropSize: number;
  inference: Inference;
  stride?: number;
  seed: number;
  classSubset?: number[];
}

/** Adds the options of {@link SegmentationFlags} to a command. */
export function addSegmentationOptions(
  command: Command,
  defaults: Pick<SegmentationFlags, 'iterations' | 'lr' | 'weightDecay'> & {
    /** How long the authors train. */
    readonly authorsIterations: string;
  },
): Command {
  addDatasetOptions(
    command,
    { flag: '--train-split <name>', description: 'split to train on' },
    { flag: '--val-split <name>', description: 'split to segment' },
  );
  command
    .option('--iterations <n>', `updates (the authors: ${defaults.authorsIterations})`, whole, defaults.iterations)
    .addOption(
      listOption(
        '--lr <list>',
        'learning rates, one training each; the best is reported first',
        positives,
        defaults.lr,
      ),
    )
    .addOption(new Option('--optimizer <name>', 'update rule').choices(['adam', 'adamw', 'sgd']).default('adam'))
    .option('--weight-decay <x>', 'weight decay', notNegative, defaults.weightDecay)
    .addOption(
      new Option('--schedule <name>', 'how the learning rate falls to a tenth')
        .choices(['poly', 'cosine'])
        .default('poly'),
    )
    .option('--batch-size <n>', 'crops per update and windows per forward pass', whole, 8)
    .option('--crop-size <px>', 'side of crops and windows', whole, 512)
    .addOption(
      new Option('--inference <how>', 'windows over the image with its ratio kept, or the whole image as one square')
        .choices(['slide', 'whole'])
        .default('slide'),
    )
    .option('--stride <px>', 'pixels between two windows (default: 15/16 of the crop)', whole)
    .option('--seed <n>', 'seed of decoder, order and augmentation', count, 0)
    .option('--class-subset <list>', 'also report the mIoU over these classes', wholes);
  return addPictureOption(command);
}

/**
 * Opens the data and gives what the flags say to an evaluation.
 * @throws InputError of one sentence if crops do not consist of whole patches or data is missing
 */
export async function segmentationOptions(flags: SegmentationFlags, patchSize: number): Promise<SegmentationOptions> {
  checkWholePatches('--crop-size', flags.cropSize, patchSize);
  const [train, val] = await openDatasets(flags, flags.trainSplit, flags.valSplit);
  return {
    train,
    val,
    cropSize: flags.cropSize,
    batchSize: flags.batchSize,
    iterations: flags.iterations,
    learningRates: flags.lr,
    optimizer: flags.optimizer,
    weightDecay: flags.weightDecay,
    schedule: flags.schedule,
    inference: flags.inference,
    ...(flags.stride !== undefined && { stride: flags.stride }),
    seed: flags.seed,
    ...(flags.classSubset !== undefined && { classSubset: flags.classSubset }),
  };
}

/** Draws some images of `val` as the best learning rate has them segmented, its confusion matrix and the IoU of its classes. */
export function segmentationPictures(images: number, wanted: number) {
  const drawn = new Set(drawnImages(images, wanted));
  const kept: SegmentedBy[] = [];
  return {
    onSegmented: (segmented: SegmentedBy) => {
      if (drawn.has(segmented.image)) kept.push(segmented);
    },
    async pictures({ best, classes, confusion }: SegmentationResult): Promise<EvaluationPicture[]> {
      const predictions = kept
        .filter(({ learningRate }) => learningRate === best.learningRate)
        .map(({ item: { id, image, mask }, predicted }, place) =>
          predictionPicture({ id, image, truth: mask, predicted: { ...mask, data: predicted } }, classes, place),
        );
      const of = `learning rate ${best.learningRate}`;
      return [...(await Promise.all(predictions)), ...(await classPictures(classes, confusion, best.iou, of))];
    },
  };
}

/** The best mIoU over the learning rates. */
export const bestMIoU = ({ best }: SegmentationResult): Figure[] => [
  { name: 'mIoU', value: best.mIoU },
  ...(best.mIoUSubset === undefined ? [] : [{ name: 'mIoU, subset', value: best.mIoUSubset }]),
];

/**
 * The result for people: the best learning rate, then one line for each.
 * @param what was evaluated, such as `Linear segmentation, teacher weights at step 4000, last block`
 */
export function runsTable(what: string, result: SegmentationResult): string[] {
  const percent = (share: number | null | undefined) => percentOf({ value: share ?? null });
  const { train, val, cropSize, inference, iterations, batchSize, best } = result;
  const lines = [
    `${what}: ${val.name} (${val.images} images) after ${iterations} iterations of ${batchSize} crops of ${train.name} (${train.images}), ${cropSize} px, ${inference}.`,
    `mIoU ${percent(best.mIoU)} % at learning rate ${best.learningRate}, the best of ${result.runs.length}:`,
  ];
  const rows = [['lr', 'mIoU', ...(result.classSubset ? ['mIoU, subset'] : []), 'pixel accuracy', 'training loss']];
  for (const { learningRate, mIoU, mIoUSubset, accuracy, trainLoss } of result.runs) {
    const subset = result.classSubset ? [percent(mIoUSubset)] : [];
    rows.push([String(learningRate), percent(mIoU), ...subset, percent(accuracy), trainLoss?.toFixed(4) ?? 'diverged']);
  }
  return [...lines, ...tableLines(rows)];
}
