import { type DenseNNResult, evaluateDenseNN, type QueryPatch, type Vote } from '@cribo/eval-seg';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { InputError } from '../errors.js';
import { denseNNFigures, figureOf } from '../evaluations/dense-nn-figures.js';
import { type EvaluationResult, percentOf } from '../evaluations/record.js';
import { indexSettings, loadIndex } from '../indexes/load.js';
import { patchFeatures } from '../network-features.js';
import { tableLines } from '../table-text.js';
import { denseNNPictures } from './dense-nn-pictures.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import {
  addCheckpointOptions,
  addPictureOption,
  addResultOptions,
  type EvaluationFlags,
  evaluateCheckpoint,
  type Prepared,
} from './evaluation.js';
import { count, listOption, positive, whole, wholes } from './number-flags.js';
import { checkWholePatches } from './whole-patches.js';

interface Flags extends EvaluationFlags, DatasetFlags {
  memorySplit?: string;
  querySplit?: string;
  imageSize?: number;
  batchSize: number;
  k: number;
  vote: Vote;
  temperature: number;
  subsampling: number[];
  seeds: number;
  memoryEpochs: number;
  memorySize?: number;
  memorySeed: number;
  index?: string;
  recallQueries: number;
  classSubset?: number[];
  pictures: number;
  queryPatch?: QueryPatch[];
}

/** `cribo eval dense-nn`. */
export function evalDenseNNCommand(): Command {
  const command = new Command('dense-nn').description(
    'dense nearest-neighbour retrieval (Table 1): label the patches of one split by those of another',
  );
  addCheckpointOptions(command);
  addDatasetOptions(
    command,
    { flag: '--memory-split <name>', description: 'split to retrieve from' },
    { flag: '--query-split <name>', description: 'split to segment' },
  );
  command
    .option('--image-size <px>', 'side of the square images are resized to (default: as in pretraining)', whole)
    .option('--batch-size <n>', 'images per forward pass', whole, 16)
    .option('--k <n>', 'neighbours per patch', whole, 50)
    .addOption(new Option('--vote <how>', 'how neighbours vote').choices(['softmax', 'majority']).default('softmax'))
    .option('--temperature <t>', 'temperature of the softmax vote', positive, 0.07)
    .addOption(
      listOption('--subsampling <list>', 'memory sizes: one image out of each of these', wholes, [1, 8, 64, 128]),
    )
    .option('--seeds <n>', 'draws per sub-sampled memory', whole, 5)
    .option('--memory-epochs <n>', 'times every memory image is seen: first as it is, then augmented', whole, 1)
    .option('--memory-size <n>', 'patches in the memory, rare classes first (default: all)', whole)
    .option('--memory-seed <n>', 'seed of augmentation and choice of memory patches', count, 0)
    .option('--index <name>', 'approximate search: usearch, or a module such as ./my-index.mjs (default: exact search)')
    .option('--recall-queries <n>', 'query patches that tell the recall of --index', whole, 1000)
    .option('--class-subset <list>', 'also report the mIoU over these classes', wholes);
  addPictureOption(command).option(
    '--query-patch <image:row:column>',
    'patch whose neighbours are drawn, counted from 0; may be given several times (default: one of every drawn image)',
    queryPatches,
  );
  const examples = [
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --image-size 448',
    '--checkpoint runs/voc --dataset folder --root labelled/ --subsampling 1 --weights random',
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --memory-epochs 2 --memory-size 1000000 --index usearch',
  ];
  return addResultOptions(command, examples).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'dense-nn', prepare, headline: denseNNFigures, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<DenseNNResult>> {
  const { patchSize } = info.network.backbone;
  const imageSize = flags.imageSize ?? info.config.views.imageSize;
  checkWholePatches('--image-size', imageSize, patchSize);
  const [memory, query] = await openDatasets(flags, flags.memorySplit, flags.querySplit);
  const createIndex = flags.index === undefined ? undefined : await loadIndex(flags.index);
  const side = imageSize / patchSize;
  for (const { image, row, column } of flags.queryPatch ?? []) {
    if (image >= query.length || row >= side || column >= side) {
      throw new InputError(
        `--query-patch is ${image}:${row}:${column}, expected an image below ${query.length}, a row and a column below ${side}.`,
      );
    }
  }
  const drawing = denseNNPictures({ ...flags, memory, query, imageSize, patchSize });
  return {
    data: [memory, query],
    settings: { imageSize, ...(flags.index !== undefined && indexSettings(flags.index)) },
    pictures: drawing.pictures,
    run: (params, bars) =>
      evaluateDenseNN({
        model: patchFeatures(params, info.network),
        memory,
        query,
        imageSize,
        patchSize,
        batchSize: flags.batchSize,
        k: flags.k,
        vote: flags.vote,
        temperature: flags.temperature,
        subsampling: flags.subsampling,
        seeds: flags.seeds,
        memoryEpochs: flags.memoryEpochs,
        ...(flags.memorySize !== undefined && { memorySize: flags.memorySize }),
        memorySeed: flags.memorySeed,
        ...(createIndex && { createIndex }),
        recallQueries: flags.recallQueries,
        ...(flags.classSubset !== undefined && { classSubset: flags.classSubset }),
        onFeatures: drawing.onFeatures,
        onPrediction: drawing.onPrediction,
        onProgress: ({ phase, done, total }) => bars.update(phase, done, total),
      }),
  };
}

/** One more patch, such as `12:3:5`. */
function queryPatches(value: string, before: QueryPatch[] = []): QueryPatch[] {
  const numbers = value.split(':').map(Number);
  const [image, row, column] = numbers as [number, number, number];
  if (numbers.length !== 3 || numbers.some((number) => !Number.isInteger(number) || number < 0)) {
    throw new InvalidArgumentError('expected image, row and column as whole numbers, such as 12:3:5');
  }
  return [...before, { image, row, column }];
}

/** The result for people: one line per memory size. */
function table(result: EvaluationResult<DenseNNResult>): string[] {
  const { memory, query, weights, step, imageSize, k, recallQueries } = result;
  const epochs = result.memoryEpochs === 1 ? '' : `, ${result.memoryEpochs} epochs`;
  const sample = result.memorySize === null ? '' : `, ${memory.patches} patches`;
  const lines = [
    `Dense nearest-neighbour retrieval, ${weights} weights at step ${step}: ${query.name} (${query.images} images) from ${memory.name} (${memory.images}${epochs}${sample}), ${imageSize} px, k = ${k}. mIoU in %:`,
  ];
  const columns = ['patches', ...(result.classSubset ? ['patches, subset'] : []), 'pixels'];
  const rows = [['memory', ...columns, ...(recallQueries === null ? [] : [`recall@${k}`])]];
  for (const { factor, runs, patch, pixelBilinear, recall } of result.ratios) {
    const subset = patch.mIoUSubset ? [patch.mIoUSubset] : [];
    const levels = [patch.mIoU, ...subset, pixelBilinear.mIoU, ...(recall ? [recall] : [])];
    rows.push([`1/${factor}`, ...levels.map((level) => percentOf(figureOf(level, runs)))]);
  }
  const note =
    recallQueries === null
      ? []
      : [`Approximate search. Recall: share of the exact neighbours of ${recallQueries} query patches that it finds.`];
  return [...lines, ...tableLines(rows), ...note];
}
