import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import type { ImageSource } from './image-source.js';
import { classesOf } from './sources/classes.js';
import { imagesBelow } from './sources/folder.js';
import { imageFiles, isImageName } from './sources/image-names.js';
import { imagesInList } from './sources/list-file.js';
import { findSplit } from './sources/splits.js';
import {
  imagesInShards,
  isShardName,
  isShardPattern,
  shardsInFolder,
  shardsOfPattern,
  shardsOfSplit,
} from './sources/tar-shards.js';

export interface OpenImagesOptions {
  /** The part of the data set to read; by default the one to train on, where the layout tells the parts apart. */
  split?: string;
}

/**
 * Finds the images that `source` names, without reading them:
 * - a folder: all images below it. Folders of classes give labels; of a data set in ImageNet or COCO layout only the
 *   `train` split is taken;
 * - a list file: one path per line, or Pascal VOC ids;
 * - tar shards (WebDataset): one `.tar` file, a folder of them, or brace notation, `shards/train-{000..146}.tar`.
 *
 * @throws InputError of one sentence if there is nothing of that name, or no image in it
 */
export async function openImages(source: string, { split }: OpenImagesOptions = {}): Promise<ImageSource> {
  const entry = await stat(source).catch(() => undefined);
  const found =
    entry === undefined && isShardPattern(source)
      ? await openShards(source, shardsOfPattern(source), split)
      : entry?.isDirectory()
        ? await openFolder(resolve(source), split)
        : entry !== undefined
          ? await openFile(source, split)
          : undefined;
  if (found === undefined) throw new InputError(`${source}: no such folder, list file of images or tar shard`);
  if (found.entries.length === 0) throw new InputError(`${source}: holds no image, expected ${imageFiles}`);
  return found;
}

async function openFile(file: string, split: string | undefined): Promise<ImageSource> {
  if (isShardName(file)) return openShards(file, [resolve(file)], split);
  if (isImageName(file)) {
    throw new InputError(`${file}: is a single image, expected a folder, a list file of images or tar shards`);
  }
  if (split !== undefined) throw new InputError(`${file}: is a list, which has no split "${split}"`);
  const files = await imagesInList(file);
  return {
    layout: 'list',
    description: `${files.length} images listed in ${basename(file)}`,
    entries: files.map((name) => ({ name, file: name })),
  };
}

async function openShards(source: string, shards: string[], split: string | undefined): Promise<ImageSource> {
  const wanted = shardsOfSplit(source, shards, split);
  const entries = await imagesInShards(wanted);
  return { layout: 'tar', description: `${entries.length} images in ${wanted.length} tar shards`, entries };
}

async function openFolder(root: string, split: string | undefined): Promise<ImageSource> {
  const shards = await shardsInFolder(root);
  if (shards !== undefined) return openShards(root, shards, split);
  const found = await findSplit(root, split);
  if (found !== undefined) {
    const images = await openImageFolder(found.folder);
    return { ...images, layout: found.layout, description: `${images.description}, split ${found.name}` };
  }
  if (split === undefined) {
    if (existsSync(join(root, 'JPEGImages')) && existsSync(join(root, 'ImageSets'))) {
      throw new InputError(`${root}: is a Pascal VOC folder, expected one of its lists in ImageSets, or JPEGImages`);
    }
    return openImageFolder(root);
  }
  const folder = join(root, split);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new InputError(`${root}: has no split "${split}", expected a folder of that name`);
  }
  return openImageFolder(folder);
}

async function openImageFolder(root: string): Promise<ImageSource> {
  const files = await imagesBelow(root);
  const labelled = classesOf(root, files);
  if (labelled === undefined) {
    return {
      layout: 'folder',
      description: `${files.length} images below ${basename(root)}`,
      entries: files.map((file) => ({ name: file, file })),
    };
  }
  const { classes, entries } = labelled;
  const description = `${files.length} images in ${classes.length} folders below ${basename(root)}`;
  return { layout: 'classes', description, entries, classes };
}
