import { IGNORE_LABEL, type SegDataset } from '../dataset.js';
import { ade20kClasses } from './classes/ade20k.js';
import { reduceZeroLabel } from './label-table.js';
import { readItem } from './read-item.js';
import { listSplitFolders } from './split-folders.js';

/** Folders of the release: 20 210 and 2000 images. */
export type Ade20kSplit = 'training' | 'validation';

/**
 * Opens ADE20K as released for the SceneParsing challenge (`ADEChallengeData2016`): `images/<split>/*.jpg` and
 * `annotations/<split>/*.png`, whose labels are 0 (other, void here) and 1 to 150 (classes 0 to 149).
 * @param root the `ADEChallengeData2016` folder, or a folder that holds it, or its parent
 * @throws Error naming the folder or file that is missing.
 */
export async function openAde20k(root: string, split: Ade20kSplit): Promise<SegDataset> {
  const files = await listSplitFolders(root, split, { title: 'ADE20K', folders: ['ADEChallengeData2016'] });
  const labels = reduceZeroLabel(ade20kClasses.length);
  return {
    name: `ade20k ${split}`,
    classes: ade20kClasses,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => readItem(files[index]!, labels),
  };
}
