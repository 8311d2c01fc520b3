import { join } from 'node:path';
import { type FolderListing, isFile, isFolder, listFolder, readLines, sortedNames } from './files.js';
import { findDataset } from './find-dataset.js';
import { pairWithMasks } from './pair-with-masks.js';
import type { ItemFiles } from './read-item.js';

/** Where the data sets of the Pascal VOC development kit differ. */
export interface VocLayout {
  /** Name of the data set, for messages. */
  readonly title: string;
  /** Folder of the data set in `VOCdevkit`. */
  readonly year: 'VOC2010' | 'VOC2012';
  /** Folder of the split lists. */
  readonly lists: string;
  /** Folders of the masks; the first that holds a mask wins. */
  readonly masks: readonly string[];
}

/**
 * The files of one split, in the order of its list `<lists>/<split>.txt`: `JPEGImages/<id>.jpg` and `<masks>/<id>.png`.
 * @param root the folder of the year, or a folder above it (`VOCdevkit`, or the one that holds `VOCdevkit`, or its parent)
 * @throws Error naming the folder or file that is missing.
 */
export async function listVocFiles(root: string, split: string, layout: VocLayout): Promise<ItemFiles[]> {
  const { title, year, lists } = layout;
  const folder = await findDataset(root, { title, folders: [year, `VOCdevkit/${year}`], marker: lists });
  const images = await listFolder(join(folder, 'JPEGImages'), `the images of ${title}`);
  const ids = await readSplit(join(folder, lists), split);
  return pairWithMasks(ids, images, await listMasks(folder, layout));
}

/** Any of the mask folders is enough: augmented annotations are also shared without the original ones. */
async function listMasks(folder: string, { title, masks }: VocLayout): Promise<FolderListing[]> {
  const paths = masks.map((name) => join(folder, name));
  const present = await Promise.all(paths.map(isFolder));
  const found = paths.filter((_, i) => present[i]);
  return Promise.all(
    (found.length > 0 ? found : paths.slice(0, 1)).map((path) => listFolder(path, `the masks of ${title}`)),
  );
}

async function readSplit(folder: string, split: string): Promise<string[]> {
  const list = join(folder, `${split}.txt`);
  if (await isFile(list)) return readLines(list);
  const found = (await sortedNames(folder)).filter((name) => name.endsWith('.txt')).map((name) => name.slice(0, -4));
  throw new Error(`${list}: no such split, found ${found.length > 0 ? found.join(', ') : 'none'}`);
}
