import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config/load.js';
import { presets } from '../config/presets.js';
import type { ConfigInput } from '../config/schema.js';
import { pretrain } from '../pretrain.js';
import { createProgress } from '../progress.js';
import { runConfig } from '../run/run-folder.js';
import { collect } from './collect.js';
import { printResult } from './output.js';
import { stopOnSignals } from './signals.js';

interface Flags {
  preset?: string;
  config?: string;
  out: string;
  backend?: string;
  resume?: boolean;
  strict?: boolean;
  keep?: number;
  every?: number;
  everySteps?: number;
  onNan?: 'stop' | 'skip';
  grace?: number;
  split?: string;
  report: boolean;
  epochs?: number;
  batchSize?: number;
  seed?: number;
  set?: string[];
  json?: boolean;
}

export function pretrainCommand(): Command {
  return new Command('pretrain')
    .description('pretrain on images, without labels')
    .argument('<images>', 'folder, list file (an image or Pascal VOC id per line), or tar shards: see below')
    .addOption(new Option('--preset <name>', 'named settings to start from').choices(Object.keys(presets)))
    .option('--config <file>', 'YAML or JSON file with settings; they override the preset')
    .option('--out <dir>', 'run folder for checkpoints and metrics', 'runs/cribo')
    .option('--backend <name>', 'backend, see "cribo backends", or a module that registers one')
    .option('--epochs <n>', 'short for --set training.epochs=n', Number)
    .option('--batch-size <n>', 'short for --set training.batchSize=n', Number)
    .option('--seed <n>', 'short for --set seed=n', Number)
    .option('--set <key=value>', 'any setting, for example optimizer.lr=1e-3; repeatable', collect)
    .option('--split <name>', 'which split, where the images are a data set with several')
    .option(
      '--resume',
      'go on from the newest checkpoint in --out, with its settings unless --preset or --config is given',
    )
    .option('--every <epochs>', 'write a checkpoint every so many epochs (training.checkpointEvery)', Number)
    .option('--every-steps <n>', 'write one also every so many steps (training.checkpointEverySteps)', Number)
    .option('--keep <n>', 'how many checkpoints to keep (training.keepCheckpoints)', Number)
    .option('--strict', 'stop at the first unreadable image instead of skipping it (loading.strict)')
    .addOption(
      new Option('--on-nan <what>', 'what a loss that is not finite does (training.onNan)').choices(['stop', 'skip']),
    )
    .option('--grace <seconds>', 'after SIGTERM, end by itself so much later even if the step is not done', seconds)
    .option('--no-report', 'do not write report.html at the end')
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText(
      'after',
      `
Images: a folder (searched recursively; of data sets in ImageNet or COCO layout the train split), a list file, or WebDataset
shards: one .tar, a folder of them, or a name such as "train-{000..146}.tar".
Settings come from the preset, then --config, then the flags. Ctrl-C or SIGTERM finishes the step and writes a
checkpoint; --resume continues bit for bit on CPU backends.

  cribo pretrain photos/ --preset cpu-small --out runs/photos
  cribo pretrain VOCdevkit/VOC2012/ImageSets/Segmentation/trainaug.txt --preset cpu-small
  cribo pretrain "shards/train-{000..146}.tar" --preset vit-s-in1k --keep 2 --every-steps 1000
  cribo pretrain photos/ --out runs/photos --resume`,
    )
    .action(run);
}

async function run(source: string, flags: Flags): Promise<void> {
  const overrides: ConfigInput = {
    ...(flags.seed !== undefined && { seed: flags.seed }),
    training: {
      ...(flags.epochs !== undefined && { epochs: flags.epochs }),
      ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }),
      ...(flags.every !== undefined && { checkpointEvery: flags.every }),
      ...(flags.everySteps !== undefined && { checkpointEverySteps: flags.everySteps }),
      ...(flags.keep !== undefined && { keepCheckpoints: flags.keep }),
      ...(flags.onNan !== undefined && { onNan: flags.onNan }),
    },
    logging: { ...(!flags.report && { report: false }) },
    loading: { ...(flags.strict !== undefined && { strict: flags.strict }) },
    backend: { ...(flags.backend !== undefined && { name: flags.backend }) },
  };
  const fresh = flags.preset !== undefined || flags.config !== undefined;
  const base = flags.resume && !fresh ? await runConfig(flags.out) : undefined;
  const config = await loadConfig({ base, preset: flags.preset, file: flags.config, overrides, set: flags.set });
  const signal = stopOnSignals(flags.grace);
  const result = await pretrain({
    source,
    ...(flags.split !== undefined && { split: flags.split }),
    out: flags.out,
    config,
    signal,
    resume: flags.resume ?? false,
    progress: (total, first) => createProgress('pretrain', total, first),
  });
  printResult(flags.json ?? false, { ...result }, () => [
    `${result.finished ? 'Finished' : 'Stopped'} after ${result.steps} steps on ${result.images} images in ${result.seconds.toFixed(0)} s.`,
    ...(result.skippedSteps > 0 ? [`${result.skippedSteps} steps were left out: their loss was not finite.`] : []),
    ...(result.skipped > 0 ? [`${result.skipped} images could not be read and were skipped.`] : []),
    `Checkpoint: ${result.checkpoint}`,
    ...(result.report === undefined ? [] : [`Report: ${result.report}`]),
    ...(result.finished
      ? []
      : [
          `Continue with: cribo pretrain ${source} --out ${flags.out} --resume`,
          `See it with: cribo report ${flags.out}`,
        ]),
  ]);
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('Expected a positive number of seconds.');
  return number;
}
