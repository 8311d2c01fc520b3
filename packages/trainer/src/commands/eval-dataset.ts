import { resolve } from 'node:path';
import {
  type Ade20kSplit,
  type CocoStuffSplit,
  openAde20k,
  openCocoStuff,
  openFolder,
  openPascalContext,
  openVoc2012,
  type PascalContextSplit,
  type SegDataset,
  type Voc2012Split,
} from '@cribo/eval-seg';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fromInput, InputError } from '../errors.js';
import { whole } from './number-flags.js';

interface DatasetKind {
  /** The split whose labels are used and the split that is scored, unless the flags name others. */
  readonly splits: readonly [string, string];
  readonly open: (root: string, split: string, flags: DatasetFlags) => Promise<SegDataset>;
}

/** The data sets that `--dataset` can name. A split the data set does not have is refused by its reader. */
const datasets = {
  voc2012: { splits: ['train', 'val'], open: (root, split) => openVoc2012(root, split as Voc2012Split) },
  'pascal-context': {
    splits: ['train', 'val'],
    open: (root, split) => openPascalContext(root, split as PascalContextSplit),
  },
  'pascal-context-59': {
    splits: ['train', 'val'],
    open: (root, split) => openPascalContext(root, split as PascalContextSplit, { background: false }),
  },
  'coco-stuff': {
    splits: ['train2017', 'val2017'],
    open: (root, split) => openCocoStuff(root, split as CocoStuffSplit),
  },
  ade20k: { splits: ['training', 'validation'], open: (root, split) => openAde20k(root, split as Ade20kSplit) },
  folder: {
    splits: ['train', 'val'],
    open: (root, split, { ignoreLabel }) =>
      openFolder(root, { split, ...(ignoreLabel !== undefined && { ignoreLabel }) }),
  },
} satisfies Record<string, DatasetKind>;

/** What {@link addDatasetOptions} adds to the flags of a command, next to its two split options. */
export interface DatasetFlags {
  readonly dataset: keyof typeof datasets;
  readonly root: string;
  readonly ignoreLabel?: number;
  readonly limit?: number;
}

/** A split option of a command: its flag, such as `--memory-split <name>`, and what the split is for. */
export interface SplitOption {
  readonly flag: string;
  readonly description: string;
}

/**
 * Adds `--root`, `--dataset`, `--ignore-label`, `--limit` and the two split options to a command.
 * @param labels the split whose labels the evaluation uses
 * @param evaluated the split that is scored
 * @param root the flag of the data set's folder
 */
export function addDatasetOptions(
  command: Command,
  labels: SplitOption,
  evaluated: SplitOption,
  root = '--root <dir>',
): Command {
  const names = Object.keys(datasets);
  const defaults = (which: 0 | 1) => {
    const [common, ...others] = [...new Set(Object.values(datasets).map(({ splits }) => splits[which]))];
    return `${common}; ${others.join(' or ')} where the data set calls it so`;
  };
  return command
    .requiredOption(root, 'folder of the data set')
    .addOption(new Option('--dataset <name>', 'layout of the data set').choices(names).default('voc2012'))
    .option(labels.flag, `${labels.description} (default: ${defaults(0)})`)
    .option(evaluated.flag, `${evaluated.description} (default: ${defaults(1)})`)
    .option('--ignore-label <n>', 'label of the masks that is void beside 255; only for --dataset folder', labelNumber)
    .option('--limit <n>', 'use only the first images of each split, for trials', whole);
}

/**
 * Opens the two splits that the flags name; absent names are the usual ones of the data set.
 * @throws InputError of one sentence that names the folder or file that is missing.
 */
export async function openDatasets(
  flags: DatasetFlags,
  labels: string | undefined,
  evaluated: string | undefined,
): Promise<[labels: SegDataset, evaluated: SegDataset]> {
  if (flags.ignoreLabel !== undefined && flags.dataset !== 'folder') {
    throw new InputError(`--ignore-label is for --dataset folder; ${flags.dataset} has a void label of its own.`);
  }
  const { splits, open }: DatasetKind = datasets[flags.dataset];
  // Plain folders go by their path, which must not depend on where the command was typed.
  const root = resolve(flags.root);
  const opened = async (split: string) => limited(await fromInput(() => open(root, split, flags)), flags.limit);
  return [await opened(labels ?? splits[0]), await opened(evaluated ?? splits[1])];
}

const limited = (dataset: SegDataset, limit: number | undefined): SegDataset =>
  limit === undefined || limit >= dataset.length ? dataset : { ...dataset, length: limit };

function labelNumber(value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isInteger(number) || number < 0 || number > 255) {
    throw new InvalidArgumentError('expected a label from 0 to 255');
  }
  return number;
}
