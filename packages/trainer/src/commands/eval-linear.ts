import { evaluateLinear, type LinearResult } from '@cribo/eval-seg';
import { Command, Option } from 'commander';
import type { CheckpointInfo } from '../checkpoint/save.js';
import { InputError } from '../errors.js';
import type { EvaluationResult } from '../evaluations/record.js';
import { patchFeatures } from '../network-features.js';
import { addCheckpointOptions, addResultOptions, evaluateCheckpoint, type Prepared } from './evaluation.js';
import {
  addSegmentationOptions,
  bestMIoU,
  runsTable,
  type SegmentationFlags,
  segmentationOptions,
  segmentationPictures,
} from './segmentation-training.js';

interface Flags extends SegmentationFlags {
  layers: '1' | '4';
}

type Numbers = LinearResult & { readonly layers: number };

/** `cribo eval linear`. */
export function evalLinearCommand(): Command {
  const command = new Command('linear').description(
    'linear segmentation (Tables 2 and 7): train a linear decoder on the frozen features of one split, segment another',
  );
  addCheckpointOptions(command);
  command.addOption(
    new Option('--layers <n>', 'last blocks whose tokens are put side by side').choices(['1', '4']).default('1'),
  );
  addSegmentationOptions(command, {
    iterations: 4000,
    authorsIterations: '80000 to 160000',
    lr: [3e-4, 1e-3, 3e-3, 1e-2],
    weightDecay: 0.01,
  });
  const examples = [
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --train-split trainaug --layers 4',
    '--checkpoint runs/voc --root VOCdevkit/VOC2012 --iterations 500 --crop-size 224 --lr 1e-3',
  ];
  return addResultOptions(command, examples).action((flags: Flags) =>
    evaluateCheckpoint(flags, { name: 'linear', prepare, headline: bestMIoU, table }),
  );
}

async function prepare(flags: Flags, info: CheckpointInfo): Promise<Prepared<Numbers>> {
  const { patchSize, depth } = info.network.backbone;
  const layers = Number(flags.layers);
  if (layers > depth) {
    throw new InputError(`--layers is ${layers}, expected at most the ${depth} blocks of the checkpoint.`);
  }
  const options = await segmentationOptions(flags, patchSize);
  const { onSegmented, pictures } = segmentationPictures(options.val.length, flags.pictures);
  return {
    data: [options.train, options.val],
    pictures,
    run: async (params, bars) => {
      const evaluated = await evaluateLinear({
        ...options,
        onSegmented,
        model: patchFeatures(params, info.network, layers),
        patchSize,
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

function table(result: EvaluationResult<Numbers>): string[] {
  const { weights, step, layers } = result;
  const blocks = layers === 1 ? 'last block' : `last ${layers} blocks`;
  return runsTable(`Linear segmentation, ${weights} weights at step ${step}, ${blocks}`, result);
}
