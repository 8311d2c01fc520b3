import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';

const imageExtensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp', '.tif', '.tiff', '.gif', '.avif']);

/**
 * The images that `source` names, as absolute paths in a fixed order: all images below a folder, or those of a list file.
 * A list has one path per line, relative to its own folder. Lines without an extension are Pascal VOC ids: for a list in
 * `ImageSets/…` they mean `JPEGImages/<id>.jpg` beside `ImageSets`.
 *
 * @throws Error of one sentence if there is no such folder or file, or if it names no image
 */
export async function listImages(source: string): Promise<string[]> {
  const entry = await stat(source).catch(() => undefined);
  if (entry === undefined) throw new Error(`${source}: no such folder or list file of images`);
  if (entry.isFile() && isImage(source)) {
    throw new Error(`${source}: is a single image, expected a folder or a list file of images`);
  }
  const files = entry.isDirectory() ? await imagesBelow(source) : await imagesInList(source);
  if (files.length === 0) {
    const wanted = [...imageExtensions].map((extension) => extension.slice(1)).join(', ');
    throw new Error(`${source}: holds no image, expected files ending in ${wanted}`);
  }
  return files;
}

const isImage = (file: string) => imageExtensions.has(extname(file).toLowerCase());

async function imagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && isImage(entry.name))
    .map((entry) => resolve(entry.parentPath, entry.name))
    .sort();
}

async function imagesInList(list: string): Promise<string[]> {
  const lines = (await readFile(list, 'utf8')).split(/\r?\n/).map((line) => line.trim());
  const folder = dirname(resolve(list));
  const voc = /^(.*)[/\\]ImageSets[/\\]/.exec(`${folder}/`)?.[1];
  return lines.flatMap((name, i) => {
    if (name === '') return [];
    if (isImage(name)) return resolve(folder, name);
    if (/^[^\s.]+$/.test(name) && voc !== undefined) return join(voc, 'JPEGImages', `${name}.jpg`);
    throw new Error(`${list}: line ${i + 1} is "${name.slice(0, 80)}", expected the path of an image`);
  });
}
