import { type DenseNNResult, evaluateDenseNN, type Vote } from '@cribo/eval-seg';
import * as tf from '@tensorflow/tfjs-core';
import { Command, Option } from 'commander';
import { loadBackend } from '../backends/load.js';
import { loadWeights, readCheckpointInfo, resolveCheckpoint, type Weights } from '../checkpoint/load.js';
import { fromInput, InputError } from '../errors.js';
import { patchFeatures } from '../network-features.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import { evalLinearCommand } from './eval-linear.js';
import { whole, wholes } from './number-flags.js';
import { deliverResult, tableLines } from './output.js';
import { PhaseBars } from './phase-bars.js';

interface Flags extends DatasetFlags {
  checkpoint: string;
  weights: Weights;
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
  backend: string;
  out?: string;
  json?: boolean;
}

export function evalCommand(): Command {
  const command = new Command('eval').description('evaluate the patch features of a checkpoint');
  const denseCommand = new Command('dense-nn')
    .description('dense nearest-neighbour retrieval (Sec. 4.1): label the patches of one split by those of another')
    .requiredOption('--checkpoint <dir>', 'run folder (its newest checkpoint) or checkpoint folder');
  addDatasetOptions(
    denseCommand,
    { flag: '--memory-split <name>', description: 'split to retrieve from' },
    { flag: '--query-split <name>', description: 'split to segment' },
  );
  command.addCommand(
    denseCommand
      .addOption(
        new Option('--weights <which>', 'network to evaluate; random is the same network at initialisation')
          .choices(['teacher', 'student', 'random'])
          .default('teacher'),
      )
      .option('--image-size <px>', 'side of the square images are resized to (default: as in pretraining)', whole)
      .option('--batch-size <n>', 'images per forward pass', whole, 16)
      .option('--k <n>', 'neighbours per patch', whole, 50)
      .addOption(new Option('--vote <how>', 'how neighbours vote').choices(['softmax', 'majority']).default('softmax'))
      .option('--temperature <t>', 'temperature of the softmax vote', Number, 0.07)
      .option('--subsampling <list>', 'memory sizes: one image out of each of these', wholes, [1, 8, 64, 128])
      .option('--seeds <n>', 'draws per sub-sampled memory', whole, 5)
      .option('--class-subset <list>', 'also report the mIoU over these classes', wholes)
      .option('--backend <name>', 'backend, see "cribo backends"', 'onnxruntime')
      .option('--out <file>', 'also write the result as JSON to this file')
      .option('--json', 'print the result as JSON on stdout')
      .action(denseNN),
  );
  command.addCommand(evalLinearCommand());
  return command;
}

async function denseNN(flags: Flags): Promise<void> {
  const folder = resolveCheckpoint(flags.checkpoint);
  const info = await readCheckpointInfo(folder);
  const { patchSize } = info.network.backbone;
  const imageSize = flags.imageSize ?? info.config.views.imageSize;
  if (imageSize % patchSize !== 0) {
    throw new InputError(
      `--image-size is ${imageSize}, expected a multiple of the checkpoint's patch size ${patchSize}.`,
    );
  }
  const [memory, query] = await openDatasets(flags, flags.memorySplit, flags.querySplit);
  await loadBackend({ name: flags.backend });
  const params = await loadWeights(folder, info, flags.weights);

  const bars = new PhaseBars();
  const evaluated = await fromInput(() =>
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
  ).finally(() => bars.stop());
  tf.dispose(params);
  const result = { protocol: 'dense-nn', checkpoint: folder, step: info.step, weights: flags.weights, ...evaluated };
  deliverResult(flags, result, () => table(result));
}

/** The result for people: one line per memory size. */
function table(result: DenseNNResult & { weights: string; step: number }): string[] {
  const percent = ({ mean, std }: { mean: number | null; std: number | null }, runs: number) =>
    mean === null ? '–' : `${(100 * mean).toFixed(2)}${runs > 1 ? ` ± ${(100 * std!).toFixed(2)}` : ''}`;
  const { memory, query, weights, step, imageSize, k } = result;
  const lines = [
    `Dense nearest-neighbour retrieval, ${weights} weights at step ${step}: ${query.name} (${query.images} images) from ${memory.name} (${memory.images}), ${imageSize} px, k = ${k}. mIoU in %:`,
  ];
  const rows = [['memory', 'patches', ...(result.classSubset ? ['patches, subset'] : []), 'pixels']];
  for (const { factor, runs, patch, pixelBilinear } of result.ratios) {
    const subset = patch.mIoUSubset ? [percent(patch.mIoUSubset, runs)] : [];
    rows.push([`1/${factor}`, percent(patch.mIoU, runs), ...subset, percent(pixelBilinear.mIoU, runs)]);
  }
  return [...lines, ...tableLines(rows)];
}
