import { join } from 'node:path';
import { isFolder, listFolder, sortedNames } from './files.js';
import { findDataset } from './find-dataset.js';
import { pairWithMasks } from './pair-with-masks.js';
import type { ItemFiles } from './read-item.js';

/** Where the data sets with one folder per split differ. */
export interface SplitFolders {
  /** Name of the data set, for messages. */
  readonly title: string;
  /** Usual paths of the data set below a folder that holds it. */
  readonly folders: readonly string[];
  /** What may follow the stem of the image in the name of its mask, the preferred one first; default `.png`. */
  readonly suffixes?: readonly string[];
}

/**
 * The files of one split, in code-unit order of their names: `images/<split>/<id>.jpg` and `annotations/<split>/<id>.png`.
 * @param root the folder that holds `images` and `annotations`, or a folder above it
 * @throws Error naming the folder or file that is missing.
 */
export async function listSplitFolders(root: string, split: string, layout: SplitFolders): Promise<ItemFiles[]> {
  const { title, folders, suffixes } = layout;
  const folder = await findDataset(root, { title, folders, marker: 'images' });
  const imageFolder = join(folder, 'images', split);
  if (!(await isFolder(imageFolder))) {
    const found = (await sortedNames(join(folder, 'images'))).slice(0, 5).join(', ');
    throw new Error(`${imageFolder}: no such folder, expected the images of ${title}, found ${found || 'none'}`);
  }
  const images = await listFolder(imageFolder, `the images of ${title}`);
  const masks = await listFolder(join(folder, 'annotations', split), `the masks of ${title}`);
  const ids = [...images.names].filter((name) => name.endsWith('.jpg')).map((name) => name.slice(0, -'.jpg'.length));
  if (ids.length === 0) throw new Error(`${images.path}: found no .jpg images, expected at least one`);
  return pairWithMasks(ids, images, [masks], suffixes);
}
