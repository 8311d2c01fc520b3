import {
  evaluateLinear,
  type Inference,
  type LinearOptimizer,
  type LinearResult,
  type LinearSchedule,
} from '@cribo/eval-seg';
import { Command, Option } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { InputError } from '../errors.js';
import type { EvaluationResult, Figure } from '../evaluations/record.js';
import { patchFeatures } from '../network-features.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import {
  addCheckpointOptions,
  addResultOptions,
  type EvaluationFlags,
  evaluateCheckpoint,
  type Prepared,
} from './evaluation.js';
import { notNegative, positives, whole, wholes } from './number-flags.js';
import { tableLines } from './output.js';

interface Flags extends EvaluationFlags, DatasetFlags {
  trainSplit?: string;
  valSplit?: string;
  layers: '1' | '4';
  iterations: number;
  lr: number[];
  optimizer: LinearOptimizer;
  weightDecay: number;
  schedule: LinearSchedule;
  batchSize: number;
  cropSize: number;
  inference: Inference;
  stride?: number;
  seed: number;
  classSubset?: number[];
}

type Numbers = LinearResult & { readonly layers: number };

/** `cribo eval linear`. */
export function evalLinearCommand(): Command {
  const command = new Command('linear').description(
    'linear segmentation (Tables 2 and 7): train a linear decoder on the frozen features of one split, segment another',
  );
  addCheckpointOptions(command);
  addDatasetOptions(
    command,
    { flag: '--train-split <name>', description: 'split to train the decoder on' },
    { flag: '--val-split <name>', description: 'split to segment' },
  );
  command
    .addOption(
      new Option('--layers <n>', 'last blocks whose tokens are put side by side').choices(['1', '4']).default('1'),
    )
    .option('--iterations <n>', 'updates of the decoder (the authors train 80000 to 160000)', whole, 4000)
    .option(
      '--lr <list>',
      'learning rates, one decoder each; the best is reported first',
      positives,
      [3e-4, 1e-3, 3e-3, 1e-2],
    )
    .addOption(new Option('--optimizer <name>', 'update rule').choices(['adam', 'adamw', 'sgd']).default('adam'))
    .option('--weight-decay <x>', 'weight decay', notNegative, 0.01)
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
    .option('--seed <n>', 'seed of decoder, order and augmentation', notNegative, 0)
    .option('--class-subset <list>', 'also report the mIoU over these classes', wholes);
  return addResultOptions(command).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'linear', prepare, headline, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<Numbers>> {
  const { patchSize, depth } = info.network.backbone;
  const layers = Number(flags.layers);
  if (layers > depth) {
    throw new InputError(`--layers is ${layers}, expected at most the ${depth} blocks of the checkpoint.`);
  }
  if (flags.cropSize % patchSize !== 0) {
    throw new InputError(
      `--crop-size is ${flags.cropSize}, expected a multiple of the checkpoint's patch size ${patchSize}.`,
    );
  }
  const [train, val] = await openDatasets(flags, flags.trainSplit, flags.valSplit);
  return {
    data: [train, val],
    run: async (params, bars) => {
      const evaluated = await evaluateLinear({
        model: patchFeatures(params, info.network, layers),
        train,
        val,
        patchSize,
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
        onProgress: (progress) => {
          const { phase, done, total } = progress;
          const losses = progress.phase === 'train' ? progress.losses.map((loss) => loss.toFixed(3)) : [];
          bars.update(phase, done, total, losses.length > 0 ? { loss: losses.join(' ') } : {});
        },
      });
      return { layers, ...evaluated };
    },
  };
}

/** The best mIoU over the learning rates. */
const headline = ({ best }: Numbers): Figure[] => [
  { name: 'mIoU', value: best.mIoU },
  ...(best.mIoUSubset === undefined ? [] : [{ name: 'mIoU, subset', value: best.mIoUSubset }]),
];

/** The result for people: the best learning rate, then one line for each. */
function table(result: EvaluationResult<Numbers>): string[] {
  const percent = (share: number | null | undefined) => (share == null ? '–' : (100 * share).toFixed(2));
  const { train, val, weights, step, layers, cropSize, inference, iterations, batchSize, best } = result;
  const blocks = layers === 1 ? 'last block' : `last ${layers} blocks`;
  const lines = [
    `Linear segmentation, ${weights} weights at step ${step}, ${blocks}: ${val.name} (${val.images} images) after ${iterations} iterations of ${batchSize} crops of ${train.name} (${train.images}), ${cropSize} px, ${inference}.`,
    `mIoU ${percent(best.mIoU)} % at learning rate ${best.learningRate}, the best of ${result.runs.length}:`,
  ];
  const rows = [['lr', 'mIoU', ...(result.classSubset ? ['mIoU, subset'] : []), 'pixel accuracy', 'training loss']];
  for (const { learningRate, mIoU, mIoUSubset, accuracy, trainLoss } of result.runs) {
    const subset = result.classSubset ? [percent(mIoUSubset)] : [];
    rows.push([String(learningRate), percent(mIoU), ...subset, percent(accuracy), trainLoss?.toFixed(4) ?? 'diverged']);
  }
  return [...lines, ...tableLines(rows)];
}
