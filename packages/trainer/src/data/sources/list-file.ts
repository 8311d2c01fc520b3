import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.js';
import { isImageName } from './image-names.js';

/**
 * The images of a list file as absolute paths, in the order of the list: one path per line, relative to the list's own
 * folder. Lines without an extension are Pascal VOC ids: for a list in `ImageSets/…` they mean `JPEGImages/<id>.jpg`
 * beside `ImageSets`.
 */
export async function imagesInList(list: string): Promise<string[]> {
  const text = await readFile(list, 'utf8').catch((error: Error) => {
    throw new InputError(`${list}: cannot be read as a list of images (${error.message})`, { cause: error });
  });
  const folder = dirname(resolve(list));
  const voc = /^(.*)[/\\]ImageSets[/\\]/.exec(`${folder}/`)?.[1];
  const files: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const name = line.trim();
    if (name === '') continue;
    if (isImageName(name)) files.push(resolve(folder, name));
    else if (/^[^\s.]+$/.test(name) && voc !== undefined) files.push(join(voc, 'JPEGImages', `${name}.jpg`));
    else throw new InputError(`${list}: line ${i + 1} is "${name.slice(0, 80)}", expected the path of an image`);
  }
  return files;
}
