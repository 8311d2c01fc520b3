import { type DenseNNResult, evaluateDenseNN, type Vote } from '@cribo/eval-seg';
import { Command, Option } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { InputError } from '../errors.js';
import { denseNNFigures, figureOf } from '../evaluations/dense-nn-figures.js';
import { type EvaluationResult, percentOf } from '../evaluations/record.js';
import { patchFeatures } from '../network-features.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import {
  addCheckpointOptions,
  addResultOptions,
  type EvaluationFlags,
  evaluateCheckpoint,
  type Prepared,
} from './evaluation.js';
import { whole, wholes } from './number-flags.js';
import { tableLines } from './output.js';

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
  classSubset?: number[];
}

/** `cribo eval dense-nn`. */
export function evalDenseNNCommand(): Command {
  const command = new Command('dense-nn').description(
    'dense nearest-neighbour retrieval (Sec. 4.1): label the patches of one split by those of another',
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
    .option('--temperature <t>', 'temperature of the softmax vote', Number, 0.07)
    .option('--subsampling <list>', 'memory sizes: one image out of each of these', wholes, [1, 8, 64, 128])
    .option('--seeds <n>', 'draws per sub-sampled memory', whole, 5)
    .option('--class-subset <list>', 'also report the mIoU over these classes', wholes);
  return addResultOptions(command).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'dense-nn', prepare, headline: denseNNFigures, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<DenseNNResult>> {
  const { patchSize } = info.network.backbone;
  const imageSize = flags.imageSize ?? info.config.views.imageSize;
  if (imageSize % patchSize !== 0) {
    throw new InputError(
      `--image-size is ${imageSize}, expected a multiple of the checkpoint's patch size ${patchSize}.`,
    );
  }
  const [memory, query] = await openDatasets(flags, flags.memorySplit, flags.querySplit);
  return {
    data: [memory, query],
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
        ...(flags.classSubset !== undefined && { classSubset: flags.classSubset }),
        onProgress: ({ phase, done, total }) => bars.update(phase, done, total),
      }),
  };
}

/** The result for people: one line per memory size. */
function table(result: EvaluationResult<DenseNNResult>): string[] {
  const { memory, query, weights, step, imageSize, k } = result;
  const lines = [
    `Dense nearest-neighbour retrieval, ${weights} weights at step ${step}: ${query.name} (${query.images} images) from ${memory.name} (${memory.images}), ${imageSize} px, k = ${k}. mIoU in %:`,
  ];
  const rows = [['memory', 'patches', ...(result.classSubset ? ['patches, subset'] : []), 'pixels']];
  for (const { factor, runs, patch, pixelBilinear } of result.ratios) {
    const subset = patch.mIoUSubset ? [patch.mIoUSubset] : [];
    const levels = [patch.mIoU, ...subset, pixelBilinear.mIoU];
    rows.push([`1/${factor}`, ...levels.map((level) => percentOf(figureOf(level, runs)))]);
  }
  return [...lines, ...tableLines(rows)];
}
