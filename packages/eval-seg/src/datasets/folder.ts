import { readFile } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import { IGNORE_LABEL, type SegDataset } from '../dataset.js';
import { imageExtensions, isFile, isFolder, readLines, sortedNames } from './files.js';
import { readLabelMask } from './label-mask.js';
import { sameLabels } from './label-table.js';
import { type ItemFiles, readItem } from './read-item.js';

export interface FolderOptions {
  /**
   * Part of the data set, such as `train` or `val`. It names either a sub-folder of both the image and the mask folder
   * (`images/train`, `masks/train`), a sub-folder that holds both (`train/images`, `train/masks`), or a list of file
   * stems (`train.txt`). Absent, all images are read.
   */
  readonly split?: string;
  /** Folder of the images below `root`; default `images`. */
  readonly images?: string;
  /** Folder of the masks below `root`; default `masks`, else `annotations`. */
  readonly masks?: string;
  /** Class names, in the order of their labels; default `classes.json` or `classes.txt` in `root`. */
  readonly classes?: readonly string[];
  /** A label of the masks that is void beside 255, such as 0 where it means "not labelled"; it keeps its class name. */
  readonly ignoreLabel?: number;
}

/**
 * Opens a folder of images and masks: `images/<stem>.<jpg|png|…>` belongs to `masks/<stem>.png`, a PNG whose gray value or
 * palette index is the class and 255 is void. Without a class list the masks are read once to find the highest label.
 * @throws Error naming the folder or file that is missing.
 */
export async function openFolder(root: string, options: FolderOptions = {}): Promise<SegDataset> {
  const { ignoreLabel = IGNORE_LABEL } = options;
  if (!Number.isInteger(ignoreLabel) || ignoreLabel < 0 || ignoreLabel > 255) {
    throw new Error(`ignoreLabel: got ${ignoreLabel}, wanted a whole number from 0 to 255`);
  }
  if (!(await isFolder(root))) throw new Error(`${root}: no such folder, expected images/ and masks/ in it`);
  const { imageFolder, maskFolder, stems } = await findLayout(root, options);
  const files = await pairFiles(imageFolder, maskFolder, stems);
  const classes = options.classes ?? (await readClasses(root)) ?? (await classesFromMasks(files, ignoreLabel));
  if (classes.length > IGNORE_LABEL) {
    throw new Error(`${root}: found ${classes.length} class names, expected at most 255 (label 255 is void)`);
  }
  const labels = sameLabels(classes.length, ignoreLabel);
  return {
    name: options.split === undefined ? root : `${root} ${options.split}`,
    classes,
    ignoreLabel: IGNORE_LABEL,
    length: files.length,
    item: (index) => readItem(files[index]!, labels),
  };
}

interface Layout {
  readonly imageFolder: string;
  readonly maskFolder: string;
  /** Stems of the split list, where there is one. */
  readonly stems?: string[];
}

async function findLayout(root: string, options: FolderOptions): Promise<Layout> {
  const { split, images = 'images' } = options;
  if (split !== undefined && (await isFolder(join(root, split, images)))) {
    const holder = join(root, split);
    return { imageFolder: join(holder, images), maskFolder: await findMaskFolder(holder, options.masks) };
  }
  const imageFolder = join(root, images);
  if (!(await isFolder(imageFolder))) throw new Error(`${imageFolder}: no such folder, expected the images`);
  const maskFolder = await findMaskFolder(root, options.masks);
  if (split === undefined) return { imageFolder, maskFolder };
  if (await isFolder(join(imageFolder, split))) {
    const splitMasks = join(maskFolder, split);
    if (!(await isFolder(splitMasks))) throw new Error(`${splitMasks}: no such folder, expected the masks of ${split}`);
    return { imageFolder: join(imageFolder, split), maskFolder: splitMasks };
  }
  const list = join(root, `${split}.txt`);
  if (!(await isFile(list))) {
    throw new Error(`${list}: no such split, expected this list or the folder ${join(imageFolder, split)}`);
  }
  return { imageFolder, maskFolder, stems: (await readLines(list)).map(stemOf) };
}

async function findMaskFolder(root: string, given: string | undefined): Promise<string> {
  const candidates = given === undefined ? ['masks', 'annotations'] : [given];
  for (const name of candidates) {
    if (await isFolder(join(root, name))) return join(root, name);
  }
  throw new Error(`${join(root, candidates[0]!)}: no such folder, expected the masks`);
}

/** A list line or file name without folder and image extension; dots elsewhere in the name stay. */
function stemOf(name: string): string {
  const { base, ext } = parse(name);
  return imageExtensions.has(ext.toLowerCase()) ? base.slice(0, -ext.length) : base;
}

async function pairFiles(imageFolder: string, maskFolder: string, stems: string[] | undefined): Promise<ItemFiles[]> {
  const names = (await sortedNames(imageFolder)).filter((name) => imageExtensions.has(extname(name).toLowerCase()));
  if (names.length === 0) throw new Error(`${imageFolder}: found no images, expected at least one`);
  const byStem = new Map(names.map((name) => [stemOf(name), name]));
  const masks = new Set(await sortedNames(maskFolder));
  return (stems ?? [...byStem.keys()]).map((stem) => {
    const name = byStem.get(stem);
    if (name === undefined) throw new Error(`${join(imageFolder, stem)}: no such image, the split list names it`);
    const files = { id: stem, image: join(imageFolder, name), mask: join(maskFolder, `${stem}.png`) };
    if (!masks.has(`${stem}.png`)) throw new Error(`${files.mask}: no such mask, expected one for ${files.image}`);
    return files;
  });
}

async function readClasses(root: string): Promise<string[] | undefined> {
  const text = join(root, 'classes.txt');
  const json = join(root, 'classes.json');
  if (await isFile(json)) return parseClasses(json, await readFile(json, 'utf8'));
  return (await isFile(text)) ? readLines(text) : undefined;
}

function parseClasses(path: string, text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: not valid JSON (${(error as Error).message})`, { cause: error });
  }
  if (!Array.isArray(value) || value.length === 0 || value.some((name) => typeof name !== 'string')) {
    throw new Error(`${path}: expected a JSON array of class names, in the order of their labels`);
  }
  return value;
}

async function classesFromMasks(files: readonly ItemFiles[], ignoreLabel: number): Promise<string[]> {
  let highest = 0;
  for (const { mask } of files) {
    for (const label of (await readLabelMask(mask)).data) {
      if (label !== IGNORE_LABEL && label !== ignoreLabel && label > highest) highest = label;
    }
  }
  return Array.from({ length: highest + 1 }, (_, label) => `class ${label}`);
}
