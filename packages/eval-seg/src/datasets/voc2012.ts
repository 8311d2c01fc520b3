import { IGNORE_LABEL, type SegDataset } from '../dataset.js';
import { voc2012Classes } from './classes/voc2012.js';
import { sameLabels } from './label-table.js';
import { readItem } from './read-item.js';
import { listVocFiles } from './voc-layout.js';

/**
 * Lists of `ImageSets/Segmentation`: `aug` has the extra annotations of SBD, `trainaug` is `train` with them
 * (10 582 images).
 */
export type Voc2012Split = 'train' | 'val' | 'trainval' | 'aug' | 'trainaug';

/**
 * Opens Pascal VOC 2012 in its own layout: `ImageSets/Segmentation/<split>.txt`, `JPEGImages/*.jpg`,
 * `SegmentationClass/*.png` and, for masks that are not there, `SegmentationClassAug/*.png`.
 * @param root the `VOC2012` folder, or a folder above it (`VOCdevkit`, or the one that holds `VOCdevkit`, or its parent)
 * @throws Error naming the folder or file that is missing.
 */
export async function openVoc2012(root: string, split: Voc2012Split): Promise<SegDataset> {
  const files = await listVocFiles(root, split, {
    title: 'Pascal VOC 2012',
    year: 'VOC2012',
    lists: 'ImageSets/Segmentation',
    masks: ['SegmentationClass', 'SegmentationClassAug'],
  });
  const labels = sameLabels(voc2012Classes.length);
  return {
    name: `voc2012 ${split}`,
    classes: voc2012Classes,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => readItem(files[index]!, labels),
  };
}
