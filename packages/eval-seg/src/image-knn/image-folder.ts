import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeImage } from '@cribo/augment/node';
import { allInOrder } from '../all-in-order.js';
import { imageExtensions, isFolder, sortedNames } from '../datasets/files.js';
import type { ImageDataset } from './image-dataset.js';

/**
 * Opens one split of a data set that keeps every class in a folder of its own, `<root>/<split>/<class>/…`, as ImageNet does. The
 * classes are the folders in code-unit order; images may lie deeper in them. Hidden files and folders are left out.
 * @throws Error naming the folder that is missing or holds no images
 */
export async function openImageFolder(root: string, split: string): Promise<ImageDataset> {
  if (!(await isFolder(root))) throw new Error(`${root}: no such folder, expected folders ${split}/<class> in it`);
  const folder = join(root, split);
  if (!(await isFolder(folder))) {
    const found = (await foldersIn(root)).slice(0, 5).join(', ');
    throw new Error(
      `${folder}: no such folder, expected one folder per class in it, found ${found || 'none'} beside it`,
    );
  }
  const classes = await foldersIn(folder);
  if (classes.length === 0) throw new Error(`${folder}: holds no folders, expected one per class`);
  const images = (await allInOrder(classes.map((name) => imagesIn(join(folder, name))))).flatMap((names, label) =>
    names.map((name) => ({ id: join(classes[label]!, name), label })),
  );
  return {
    name: split,
    classes,
    length: images.length,
    async item(index) {
      const { id, label } = images[index]!;
      return { id, image: await decodeImage(join(folder, id)), label };
    },
  };
}

async function foldersIn(folder: string): Promise<string[]> {
  const names = (await sortedNames(folder)).filter((name) => !name.startsWith('.'));
  const folders = await Promise.all(names.map((name) => isFolder(join(folder, name))));
  return names.filter((_, i) => folders[i]);
}

/** Paths of all images below a folder, relative to it, in code-unit order. */
async function imagesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => imageExtensions.has(extname(name).toLowerCase()) && !/(^|[/\\])\./.test(name))
    .sort();
  if (names.length === 0) {
    throw new Error(`${folder}: holds no images, expected files ending in ${[...imageExtensions].join(', ')}`);
  }
  return names;
}
