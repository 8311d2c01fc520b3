import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateSegmenter, type SegmenterResult } from '@cribo/eval-seg';
import { lazyStateDict, unprefixed } from '@cribo/vit';
import { Command } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { writeTensorFile } from '../checkpoint/tensor-file.js';
import { InputError } from '../errors.js';
import type { EvaluationResult } from '../evaluations/record.js';
import { addCheckpointOptions, addResultOptions, evaluateCheckpoint, type Prepared } from './evaluation.js';
import { notNegative, whole } from './number-flags.js';
import {
  addSegmentationOptions,
  bestMIoU,
  runsTable,
  type SegmentationFlags,
  segmentationOptions,
  segmentationPictures,
} from './segmentation-training.js';

interface Flags extends SegmentationFlags {
  decoderLayers: number;
  dropPath: number;
  saveWeights?: string;
}

/** `cribo eval segmenter`. */
export function evalSegmenterCommand(): Command {
  const command = new Command('segmenter').description(
    'Segmenter (Table 3): put a mask transformer on the network, train both end to end on one split, segment another',
  );
  addCheckpointOptions(command)
    .option('--decoder-layers <n>', 'layers of the mask transformer', whole, 2)
    .option('--drop-path <rate>', 'stochastic depth of the last block and the last decoder layer', notNegative, 0.1);
  addSegmentationOptions(command, {
    iterations: 20_000,
    authorsIterations: '20000, or 40000 on ADE20K and COCO-Stuff',
    lr: [3e-5, 1e-4, 3e-4, 1e-3],
    weightDecay: 0,
  }).option('--save-weights <dir>', 'folder for the trained networks, one file per learning rate');
  const examples = [
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --train-split trainaug --save-weights runs/voc/segmenter',
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --iterations 2000 --crop-size 224 --lr 1e-4',
  ];
  return addResultOptions(command, examples).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'segmenter', prepare, headline: bestMIoU, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<SegmenterResult>> {
  const { decoderLayers, dropPath, saveWeights } = flags;
  const config = info.network.backbone;
  if (dropPath >= 1) throw new InputError(`--drop-path is ${dropPath}, expected a number below 1.`);
  const options = await segmentationOptions(flags, config.patchSize);
  if (saveWeights !== undefined) makeFolder(saveWeights);
  const { onSegmented, pictures } = segmentationPictures(options.val.length, flags.pictures);
  return {
    data: [options.train, options.val],
    pictures,
    run: (params, bars) =>
      evaluateSegmenter({
        ...options,
        onSegmented,
        backbone: { params: unprefixed(params, 'backbone.'), config },
        decoderLayers,
        dropPath,
        onProgress: (progress) => {
          const { phase, learningRate, done, total } = progress;
          const details = progress.phase === 'train' ? { loss: progress.loss.toFixed(3) } : {};
          bars.update(`${phase}, lr ${learningRate}`, done, total, details);
        },
        ...(saveWeights !== undefined && {
          onTrained: (trained, { learningRate }) =>
            writeTensorFile(join(saveWeights, `lr-${learningRate}.safetensors`), lazyStateDict(trained)),
        }),
      }),
  };
}

/** Before hours of training, not after them. @throws InputError if the folder cannot be made */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`--save-weights: the folder ${folder} cannot be made: ${(error as Error).message}.`);
  }
}

function table(result: EvaluationResult<SegmenterResult>): string[] {
  const { weights, step, decoder } = result;
  const layers = decoder.layers === 1 ? '1 decoder layer' : `${decoder.layers} decoder layers`;
  return runsTable(`Segmenter, ${weights} weights at step ${step}, ${layers}`, result);
}
