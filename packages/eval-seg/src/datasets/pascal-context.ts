import { IGNORE_LABEL, type SegDataset } from '../dataset.js';
import { pascalContext59Classes, pascalContextClasses } from './classes/pascal-context.js';
import { reduceZeroLabel, sameLabels } from './label-table.js';
import { readItem } from './read-item.js';
import { listVocFiles } from './voc-layout.js';

/** Lists of `ImageSets/SegmentationContext`. */
export type PascalContextSplit = 'train' | 'val';

export interface PascalContextOptions {
  /**
   * `true`: 60 classes, class 0 is background. `false`: 59 classes, background is void and label 1 of the masks is class 0.
   * Default `true`.
   */
  readonly background?: boolean;
}

/**
 * Opens Pascal Context in the layout of MMSegmentation: `ImageSets/SegmentationContext/<split>.txt`, `JPEGImages/*.jpg`
 * and `SegmentationClassContext/*.png`, whose labels are 0 (background) to 59.
 * @param root the `VOC2010` folder, or a folder above it (`VOCdevkit`, or the one that holds `VOCdevkit`, or its parent)
 * @throws Error naming the folder or file that is missing.
 */
export async function openPascalContext(
  root: string,
  split: PascalContextSplit,
  { background = true }: PascalContextOptions = {},
): Promise<SegDataset> {
  const files = await listVocFiles(root, split, {
    title: 'Pascal Context',
    year: 'VOC2010',
    lists: 'ImageSets/SegmentationContext',
    masks: ['SegmentationClassContext'],
  });
  const classes = background ? pascalContextClasses : pascalContext59Classes;
  const labels = background ? sameLabels(classes.length) : reduceZeroLabel(classes.length);
  return {
    name: `${background ? 'pascal-context' : 'pascal-context-59'} ${split}`,
    classes,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => readItem(files[index]!, labels),
  };
}
