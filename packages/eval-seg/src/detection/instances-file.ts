import { readFile } from 'node:fs/promises';
import type { CocoAnnotation } from './coco-format.js';
import type { Category } from './detection-dataset.js';

/** An image of an `instances_*.json` file. */
export interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

/** What an `instances_*.json` file holds, as far as boxes are concerned: without the outlines, which are most of it. */
export interface Instances {
  readonly images: readonly CocoImage[];
  readonly categories: readonly Category[];
  readonly annotations: readonly CocoAnnotation[];
}

/**
 * Reads an `instances_*.json` file.
 * @throws Error of one sentence that names the file and the first entry that is wrong: no JSON, a field that is missing or of
 * another type, an id that is twice, an image or category that annotations name and that is not there, a box that is not finite
 * or of negative size
 */
export async function readInstances(file: string): Promise<Instances> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file}: cannot be read (${error.code}), expected a COCO instances file`);
  });
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: is no JSON (${(error as Error).message})`);
  }
  const lists = (['images', 'categories', 'annotations'] as const).map((name) => {
    const list = json?.[name];
    if (!Array.isArray(list)) throw new Error(`${file}: "${name}" is ${shown(list)}, expected a list`);
    return list as Record<string, unknown>[];
  });
  const [images, categories, annotations] = lists as [(typeof lists)[0], (typeof lists)[0], (typeof lists)[0]];
  const imageIds = uniqueIds(file, 'images', images);
  const categoryIds = uniqueIds(file, 'categories', categories);
  images.forEach((image, i) => {
    const at = `${file}: images[${i}]`;
    check(typeof image.file_name === 'string', `${at}.file_name`, image.file_name, 'a name');
    check(isPositive(image.width), `${at}.width`, image.width, 'a positive number');
    check(isPositive(image.height), `${at}.height`, image.height, 'a positive number');
  });
  categories.forEach((category, i) => {
    check(typeof category.name === 'string', `${file}: categories[${i}].name`, category.name, 'a name');
  });
  annotations.forEach((annotation, i) => {
    const at = `${file}: annotations[${i}]`;
    const { image_id, category_id, bbox, area, iscrowd = 0 } = annotation ?? {};
    check(imageIds.has(image_id), `${at}.image_id`, image_id, 'the id of one of the images');
    check(categoryIds.has(category_id), `${at}.category_id`, category_id, 'the id of one of the categories');
    check(isBox(bbox), `${at}.bbox`, bbox, 'x, y, width and height, the last two not negative');
    check(Number.isFinite(area), `${at}.area`, area, 'a number');
    check(iscrowd === 0 || iscrowd === 1, `${at}.iscrowd`, iscrowd, '0 or 1');
  });
  return withoutOutlines({ images, categories, annotations } as unknown as Instances);
}

/** New entries, so that the rest of what was read (of COCO's training images 450 MB of text) is not held. */
const withoutOutlines = ({ images, categories, annotations }: Instances): Instances => ({
  images: images.map(({ id, file_name, width, height }) => ({ id, file_name, width, height })),
  categories: categories.map(({ id, name }) => ({ id, name })),
  annotations: annotations.map(({ image_id, category_id, bbox, area, iscrowd = 0 }) => ({
    image_id,
    category_id,
    bbox,
    area,
    iscrowd,
  })),
});

const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;

const isBox = (value: unknown) =>
  Array.isArray(value) && value.length === 4 && value.every(Number.isFinite) && value[2] >= 0 && value[3] >= 0;

function uniqueIds(file: string, list: string, entries: readonly Record<string, unknown>[]): Set<unknown> {
  const ids = new Set<unknown>();
  entries.forEach((entry, i) => {
    const id = entry?.id;
    check(Number.isInteger(id) && !ids.has(id), `${file}: ${list}[${i}].id`, id, 'a whole number that no other has');
    ids.add(id);
  });
  return ids;
}

function check(isRight: boolean, at: string, found: unknown, expected: string): void {
  if (!isRight) throw new Error(`${at} is ${shown(found)}, expected ${expected}`);
}

const shown = (value: unknown) => (value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80));
