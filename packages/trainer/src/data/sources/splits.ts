import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { subfolders } from './folder.js';

/** The part of a data set to read, as the folder that holds it. */
export interface Split {
  layout: 'imagenet' | 'coco';
  name: string;
  folder: string;
}

/** What splits that are not to be trained on are called. */
export const heldOut = ['val', 'valid', 'validation', 'test'];

/**
 * The split of a data set that keeps its splits in folders, by default the one to train on, so that images meant for
 * evaluation are never mixed in:
 * - ImageNet: `train/` beside `val/` (or `valid/`, `validation/`, `test/`);
 * - COCO: `annotations/instances_<split>.json`, the images in `<split>/` or `images/<split>/`.
 * @param wanted the name of the split or its beginning (`val` finds `val2017`)
 * @returns undefined if `root` is laid out in neither way
 * @throws InputError if it is, but has no such split, or several
 */
export async function findSplit(root: string, wanted = 'train'): Promise<Split | undefined> {
  const names = await subfolders(root);
  const layout = (await isCoco(root)) ? 'coco' : isImageNet(names) ? 'imagenet' : undefined;
  if (layout === undefined) return undefined;
  const folders = new Map(names.map((name) => [name, join(root, name)]));
  if (layout === 'coco') {
    const images = join(root, 'images');
    if (existsSync(images)) for (const name of await subfolders(images)) folders.set(name, join(images, name));
    for (const name of ['annotations', 'images']) folders.delete(name);
  }
  const matching = folders.has(wanted)
    ? [wanted]
    : [...folders.keys()].filter((name) => name.startsWith(wanted)).sort();
  const [name, another] = matching;
  if (name === undefined) {
    throw new InputError(`${root}: has no split "${wanted}", only ${[...folders.keys()].sort().join(', ') || 'none'}`);
  }
  if (another !== undefined) {
    throw new InputError(`${root}: has several splits, ${matching.join(' and ')}; name one, or its folder of images`);
  }
  return { layout, name, folder: folders.get(name)! };
}

const isImageNet = (names: string[]): boolean =>
  names.includes('train') && names.some((name) => heldOut.includes(name));

async function isCoco(root: string): Promise<boolean> {
  const files = await readdir(join(root, 'annotations')).catch(() => []);
  return files.some((name) => /^instances_.+\.json$/.test(name));
}
