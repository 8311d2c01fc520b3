import { evaluateImageKnn, type ImageKnnResult, openImageFolder } from '@cribo/eval-seg';
import { Command } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { fromInput } from '../errors.js';
import type { EvaluationResult, Figure } from '../evaluations/record.js';
import { clsFeatures } from '../network-features.js';
import { tableLines } from '../table-text.js';
import {
  addCheckpointOptions,
  addResultOptions,
  type EvaluationFlags,
  evaluateCheckpoint,
  type Prepared,
} from './evaluation.js';
import { listOption, positive, whole, wholes } from './number-flags.js';
import { checkWholePatches } from './whole-patches.js';

interface Flags extends EvaluationFlags {
  root: string;
  trainSplit: string;
  valSplit: string;
  imageSize?: number;
  batchSize: number;
  k: number[];
  temperature: number;
}

/** `cribo eval knn`. */
export function evalKnnCommand(): Command {
  const command = new Command('knn').description(
    'k-NN classification of whole images (Table 5): the images of one split vote for the class of those of another',
  );
  addCheckpointOptions(command)
    .requiredOption('--root <dir>', 'folder with one folder per split, and in it one folder of images per class')
    .option('--train-split <name>', 'split whose images vote', 'train')
    .option('--val-split <name>', 'split to classify', 'val')
    .option(
      '--image-size <px>',
      'side of the square in the middle of the resized image (default: as in pretraining)',
      whole,
    )
    .option('--batch-size <n>', 'images per forward pass', whole, 32)
    .addOption(
      listOption(
        '--k <list>',
        'numbers of neighbours; where there are fewer images, all vote',
        wholes,
        [10, 20, 100, 200],
      ),
    )
    .option('--temperature <t>', 'temperature of the vote', positive, 0.07);
  const examples = ['--checkpoint runs/in1k --root imagenet/', '--checkpoint runs/photos --root classes/ --k 5,20'];
  return addResultOptions(command, examples).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'knn', prepare, headline, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<ImageKnnResult>> {
  const { patchSize } = info.network.backbone;
  const imageSize = flags.imageSize ?? info.config.views.imageSize;
  checkWholePatches('--image-size', imageSize, patchSize);
  const train = await fromInput(() => openImageFolder(flags.root, flags.trainSplit));
  const val = await fromInput(() => openImageFolder(flags.root, flags.valSplit));
  return {
    data: [train, val],
    settings: { imageSize },
    run: (params, bars) =>
      evaluateImageKnn({
        model: clsFeatures(params, info.network),
        train,
        val,
        imageSize,
        batchSize: flags.batchSize,
        ks: flags.k,
        temperature: flags.temperature,
        onProgress: ({ phase, done, total }) => bars.update(phase, done, total),
      }),
  };
}

/** The accuracy for every number of neighbours. */
const headline = ({ runs }: ImageKnnResult): Figure[] =>
  runs.map(({ k, top1 }) => ({ name: `top-1, k = ${k}`, value: top1 }));

/** The result for people: one line per number of neighbours. */
function table(result: EvaluationResult<ImageKnnResult>): string[] {
  const percent = (share: number) => (100 * share).toFixed(2);
  const { train, val, classes, weights, step, imageSize, runs } = result;
  return [
    `k-NN classification, ${weights} weights at step ${step}: ${val.name} (${val.images} images) by ${train.name} (${train.images}), ${classes} classes, ${imageSize} px. Accuracy in %:`,
    ...tableLines([
      ['k', 'top-1', 'top-5'],
      ...runs.map(({ k, top1, top5 }) => [String(k), percent(top1), percent(top5)]),
    ]),
  ];
}
