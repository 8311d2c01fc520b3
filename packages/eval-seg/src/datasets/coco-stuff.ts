import { IGNORE_LABEL, type SegDataset } from '../dataset.js';
import { cocoStuffClasses } from './classes/coco-stuff.js';
import { labelTable, sameLabels } from './label-table.js';
import { readItem } from './read-item.js';
import { listSplitFolders } from './split-folders.js';

/** Folders of COCO 2017: 118 287 and 5000 images. */
export type CocoStuffSplit = 'train2017' | 'val2017';

/** Masks that MMSegmentation's converter wrote: their labels are the classes. */
const TRAIN_IDS = '_labelTrainIds.png';

/**
 * The 11 of the ids 0 to 181 that no pixel of COCO-Stuff has: street sign, hat, shoe, eye glasses, plate, mirror, window,
 * desk, door, blender and hair brush were never annotated.
 */
const unusedIds: ReadonlySet<number> = new Set([11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90]);

/** Released masks: the used ids 0 to 181, counted without the gaps, are the classes 0 to 170. */
const releasedLabels = labelTable(
  Array.from({ length: 182 }, (_, id) => id)
    .filter((id) => !unusedIds.has(id))
    .map((id, classId) => [id, classId]),
  `0 to 181 but none of the unused ids ${[...unusedIds].join(', ')}, or ${IGNORE_LABEL}`,
);

/**
 * Opens COCO-Stuff 164k (2017): `images/<split>/*.jpg` and, in `annotations/<split>`, either `*_labelTrainIds.png` as
 * MMSegmentation's converter writes them (0 to 170) or the released `*.png` (ids 0 to 181 with 11 gaps). An image that
 * has both takes the converted one. 255 is void in both.
 * @param root the folder with `images` and `annotations`, or a folder that holds it as `coco_stuff164k`, or its parent
 * @throws Error naming the folder or file that is missing.
 */
export async function openCocoStuff(root: string, split: CocoStuffSplit): Promise<SegDataset> {
  const files = await listSplitFolders(root, split, {
    title: 'COCO-Stuff 164k',
    folders: ['coco_stuff164k'],
    suffixes: [TRAIN_IDS, '.png'],
  });
  const trainIds = sameLabels(cocoStuffClasses.length);
  return {
    name: `coco-stuff ${split}`,
    classes: cocoStuffClasses,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => {
      const item = files[index]!;
      return readItem(item, item.mask.endsWith(TRAIN_IDS) ? trainIds : releasedLabels);
    },
  };
}
