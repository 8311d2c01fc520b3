import { openFolder, openVoc2012, type SegDataset, type Voc2012Split } from '@cribo/eval-seg';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fromInput } from '../errors.js';

/** How to open one split of every data set that `--dataset` can name, and which two splits an evaluation reads. */
const datasets = {
  voc2012: { splits: ['train', 'val'], open: (root, split) => openVoc2012(root, split as Voc2012Split) },
  folder: { splits: ['train', 'val'], open: (root, split) => openFolder(root, { split }) },
} satisfies Record<string, DatasetKind>;

interface DatasetKind {
  /** The split with the labels to use, and the split to evaluate on, unless the flags name others. */
  readonly splits: readonly [string, string];
  readonly open: (root: string, split: string) => Promise<SegDataset>;
}

/** What {@link addDatasetOptions} adds to the flags of a command, next to its two split options. */
export interface DatasetFlags {
  readonly dataset: keyof typeof datasets;
  readonly root: string;
  readonly limit?: number;
}

/** A split option of a command: its flag, such as `--memory-split <name>`, and what the split is for. */
export interface SplitOption {
  readonly flag: string;
  readonly description: string;
}

/**
 * Adds `--root`, `--dataset`, `--limit` and the two split options to a command.
 * @param labels the split whose labels the evaluation uses
 * @param evaluated the split that is scored
 */
export function addDatasetOptions(command: Command, labels: SplitOption, evaluated: SplitOption): Command {
  const names = Object.keys(datasets);
  const defaults = (which: 0 | 1) => {
    const [common, ...others] = [...new Set(Object.values(datasets).map(({ splits }) => splits[which]))];
    return others.length === 0 ? common : `${common}, or as the data set calls it: ${others.join(', ')}`;
  };
  return command
    .requiredOption('--root <dir>', 'folder of the data set')
    .addOption(new Option('--dataset <name>', 'layout of the data set').choices(names).default('voc2012'))
    .option(labels.flag, `${labels.description} (default: ${defaults(0)})`)
    .option(evaluated.flag, `${evaluated.description} (default: ${defaults(1)})`)
    .option('--limit <n>', 'use only the first images of each split, for trials', positive);
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
  const { splits, open }: DatasetKind = datasets[flags.dataset];
  const opened = async (split: string) => limited(await fromInput(() => open(flags.root, split)), flags.limit);
  return [await opened(labels ?? splits[0]), await opened(evaluated ?? splits[1])];
}

const limited = (dataset: SegDataset, limit: number | undefined): SegDataset =>
  limit === undefined || limit >= dataset.length ? dataset : { ...dataset, length: limit };

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a positive whole number');
  return number;
}
