import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ablate, type RunUnderWay } from '../ablation/ablate.js';
import { gridStudy, parseVariation } from '../ablation/grid.js';
import { readStudy } from '../ablation/rows-file.js';
import { type StudyName, studies } from '../ablation/studies.js';
import type { AblationStudy } from '../ablation/study.js';
import { duration, textLines } from '../ablation/tables.js';
import { loadConfig } from '../config/load.js';
import { presets } from '../config/presets.js';
import type { Config } from '../config/schema.js';
import { InputError } from '../errors.js';
import { createProgress } from '../progress.js';
import { collect } from './collect.js';
import { addDatasetOptions, type DatasetFlags, openDatasets } from './eval-dataset.js';
import { listOption, whole, wholes } from './number-flags.js';
import { printResult } from './output.js';
import { PhaseBars } from './phase-bars.js';
import { stopOnSignals } from './signals.js';

interface Flags extends Omit<DatasetFlags, 'root'> {
  evalRoot: string;
  preset?: string;
  config?: string;
  set?: string[];
  split?: string;
  out: string;
  study?: StudyName;
  vary?: string[];
  rows?: string;
  seeds: number;
  random?: boolean;
  memorySplit?: string;
  querySplit?: string;
  imageSize?: number;
  k: number;
  subsampling: number[];
  draws: number;
  classSubset?: number[];
  json?: boolean;
}

/** `cribo ablate`. */
export function ablateCommand(): Command {
  const command = new Command('ablate')
    .description('pretrain and evaluate runs that differ in some settings, and put them into one table')
    .argument('<images>', 'what to pretrain on, as for "cribo pretrain"')
    .addOption(new Option('--preset <name>', 'named settings that all rows share').choices(Object.keys(presets)))
    .option('--config <file>', 'YAML or JSON file with settings that all rows share')
    .option('--set <key=value>', 'a setting that all rows share; repeatable', collect)
    .option('--split <name>', 'which split, where the images are a data set with several')
    .requiredOption('--out <dir>', 'folder of the tables, and of a run folder per row')
    .addOption(new Option('--study <name>', 'rows of a study of the paper').choices(Object.keys(studies)))
    .option('--vary <key=v1,v2,…>', 'a setting and its values; several make a grid', collect)
    .option('--rows <file>', 'YAML file with named rows')
    .option('--seeds <n>', 'runs per row, with seeds that count from the shared one', whole, 1)
    .option('--random', 'also evaluate the network as it is initialised, as the first row');
  addDatasetOptions(
    command,
    { flag: '--memory-split <name>', description: 'split to retrieve from' },
    { flag: '--query-split <name>', description: 'split to segment' },
    '--eval-root <dir>',
  );
  return command
    .option('--image-size <px>', 'side of the square images are resized to (default: as in pretraining)', whole)
    .option('--k <n>', 'neighbours per patch', whole, 50)
    .addOption(listOption('--subsampling <list>', 'memory sizes: one image out of each of these', wholes, [1]))
    .option('--draws <n>', 'draws per sub-sampled memory', whole, 5)
    .option('--class-subset <list>', 'also report the mIoU over these classes', wholes)
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText(
      'after',
      `
Rows come from exactly one of --study, --vary and --rows. Every row is a run folder in --out; the same command again skips what is
finished and continues what was interrupted. Tables: ablation.md, ablation.csv and ablation.json in --out.

  cribo ablate photos/ --preset cpu-small --study losses --out runs/losses --eval-root VOCdevkit/VOC2012
  cribo ablate photos/ --preset cpu-small --vary clustering.clusters=2,3,6 --vary variant=paper,released --seeds 3 \\
    --out runs/grid --eval-root labelled/ --dataset folder
  cribo ablate photos/ --preset cpu-small --set oracle.masks=masks/ --study oracle --out runs/oracle --eval-root VOCdevkit`,
    )
    .action(run);
}

async function run(source: string, flags: Flags): Promise<void> {
  const config = await loadConfig({ preset: flags.preset, file: flags.config, set: flags.set });
  const study = await studyOf(flags, config);
  const [memory, query] = await openDatasets({ ...flags, root: flags.evalRoot }, flags.memorySplit, flags.querySplit);
  let bars = new PhaseBars();
  const result = await ablate({
    source,
    ...(flags.split !== undefined && { split: flags.split }),
    out: flags.out,
    config,
    study,
    seeds: flags.seeds,
    random: flags.random ?? false,
    signal: stopOnSignals(),
    evaluation: {
      memory,
      query,
      root: flags.evalRoot,
      ...(flags.imageSize !== undefined && { imageSize: flags.imageSize }),
      k: flags.k,
      subsampling: flags.subsampling,
      draws: flags.draws,
      ...(flags.classSubset !== undefined && { classSubset: flags.classSubset }),
      onProgress: ({ phase, done, total }) => bars.update(phase, done, total),
    },
    onRun(run) {
      bars.stop();
      bars = new PhaseBars();
      process.stderr.write(`${announcement(run)}\n`);
    },
    progress: (total, first) => createProgress('pretrain', total, first),
  }).finally(() => bars.stop());
  printResult(flags.json ?? false, result, () => [
    ...textLines(result),
    ...(existsSync(result.files.markdown) ? [`Tables: ${Object.values(result.files).join(', ')}`] : []),
    ...(result.finished ? [] : ['Stopped before the end; the same command goes on.']),
  ]);
}

async function studyOf({ study, vary = [], rows }: Flags, config: Config): Promise<AblationStudy> {
  const given = [study !== undefined && '--study', vary.length > 0 && '--vary', rows !== undefined && '--rows'].filter(
    (flag) => flag !== false,
  );
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none of them' : given.join(' and ');
    throw new InputError(`Rows come from one of --study, --vary and --rows; got ${got}.`);
  }
  if (study !== undefined) return studies[study](config);
  return rows !== undefined ? readStudy(rows) : gridStudy(vary.map(parseVariation));
}

/** Such as `Row 2 of 6: K=8, seed 1; about 5 min 00 s left`. */
function announcement({ name, seed, number, runs, state, secondsLeft }: RunUnderWay): string {
  const how = { new: '', started: ', continued', finished: ', finished before' }[state];
  const left = secondsLeft === undefined ? '' : `; about ${duration(secondsLeft)} left`;
  return `Run ${number} of ${runs}: ${name}, seed ${seed}${how}${left}`;
}
