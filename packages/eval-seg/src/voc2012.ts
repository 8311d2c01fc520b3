import { join } from 'node:path';
import { IGNORE_LABEL, type SegDataset } from './dataset.js';
import { isFile, isFolder, readLines, sortedNames } from './files.js';
import { type ItemFiles, readItem } from './read-item.js';

/** Lists of `ImageSets/Segmentation`; `trainaug` is `train` with the extra annotations of SBD. */
export type Voc2012Split = 'train' | 'val' | 'trainval' | 'trainaug';

/** The classes of Pascal VOC; the position is the label. */
export const voc2012Classes: readonly string[] = [
  'background',
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
];

/**
 * Opens Pascal VOC 2012 in its own layout: `ImageSets/Segmentation/<split>.txt`, `JPEGImages/*.jpg`,
 * `SegmentationClass/*.png` and, for masks that are not there, `SegmentationClassAug/*.png`.
 * @param root the `VOC2012` folder, or a folder above it (`VOCdevkit`, or the one that holds `VOCdevkit`, or its parent)
 * @throws Error naming the folder or file that is missing.
 */
export async function openVoc2012(root: string, split: Voc2012Split): Promise<SegDataset> {
  const folder = await findVoc2012(root);
  const ids = await readSplit(join(folder, 'ImageSets', 'Segmentation'), split);
  const masks = await maskFolders(folder);
  const files = ids.map((id): ItemFiles => {
    const holder = masks.find(({ names }) => names.has(`${id}.png`)) ?? masks[0]!;
    return { id, image: join(folder, 'JPEGImages', `${id}.jpg`), mask: join(holder.path, `${id}.png`) };
  });
  requireMasks(files, masks);
  return {
    name: `voc2012 ${split}`,
    classes: voc2012Classes,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => readItem(files[index]!, voc2012Classes.length),
  };
}

async function findVoc2012(root: string): Promise<string> {
  if (!(await isFolder(root))) throw new Error(`${root}: no such folder, expected Pascal VOC 2012`);
  const children = (await sortedNames(root)).map((name) => join(root, name));
  const candidates = [root, ...children, ...[root, ...children].map((parent) => join(parent, 'VOCdevkit'))].flatMap(
    (parent) => [parent, join(parent, 'VOC2012')],
  );
  for (const candidate of candidates) {
    if (await isFolder(join(candidate, 'ImageSets', 'Segmentation'))) {
      if (await isFolder(join(candidate, 'JPEGImages'))) return candidate;
      throw new Error(`${join(candidate, 'JPEGImages')}: no such folder, expected the images of Pascal VOC 2012`);
    }
  }
  throw new Error(
    `${join(root, 'ImageSets', 'Segmentation')}: no such folder, expected Pascal VOC 2012 in ${root} or in VOCdevkit/VOC2012 below it`,
  );
}

async function readSplit(folder: string, split: string): Promise<string[]> {
  const list = join(folder, `${split}.txt`);
  if (await isFile(list)) return readLines(list);
  const found = (await sortedNames(folder)).filter((name) => name.endsWith('.txt')).map((name) => name.slice(0, -4));
  throw new Error(`${list}: no such split, found ${found.length > 0 ? found.join(', ') : 'none'}`);
}

interface MaskFolder {
  readonly path: string;
  readonly names: ReadonlySet<string>;
}

async function maskFolders(folder: string): Promise<MaskFolder[]> {
  const found: MaskFolder[] = [];
  for (const name of ['SegmentationClass', 'SegmentationClassAug']) {
    const path = join(folder, name);
    if (await isFolder(path)) found.push({ path, names: new Set(await sortedNames(path)) });
  }
  if (found.length === 0) throw new Error(`${join(folder, 'SegmentationClass')}: no such folder, expected the masks`);
  return found;
}

/** A split without its masks is a wrong layout: better said before hours of work than at image number 1465. */
function requireMasks(files: readonly ItemFiles[], folders: readonly MaskFolder[]): void {
  const missing = files.filter(({ id }) => !folders.some(({ names }) => names.has(`${id}.png`)));
  if (missing.length > 0) {
    const searched = folders.map(({ path }) => path).join(' and ');
    throw new Error(
      `${missing[0]!.mask}: no such mask, ${missing.length} of ${files.length} images have none in ${searched}`,
    );
  }
}
