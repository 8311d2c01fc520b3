import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { ImageEntry } from '../data/index.js';
import { InputError } from '../errors.js';

/** Where Pascal VOC keeps its masks; the first folder that holds a mask wins. */
const vocFolders = ['SegmentationClass', 'SegmentationClassAug'];

/**
 * Finds the label mask of every image of a run, without reading any: `<name of the image>.png` in `folder`, or in the mask
 * folders of Pascal VOC below it. A missing one is better said before a run than at step 1465.
 *
 * @returns the mask file by the image's name, as batches list it
 * @throws InputError of one sentence that names the folder, the first mask that is missing, or two images with one mask
 */
export function findMaskFiles(folder: string, entries: readonly ImageEntry[]): ReadonlyMap<string, string> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new InputError(`${folder}: no such folder, expected the label masks (oracle.masks)`);
  }
  const voc = vocFolders.map((name) => join(folder, name)).filter((path) => existsSync(path));
  const masks = new Map<string, string>();
  for (const path of (voc.length > 0 ? voc : [folder]).reverse()) {
    for (const name of readdirSync(path)) if (name.endsWith('.png')) masks.set(parse(name).name, join(path, name));
  }
  const owners = new Map<string, string>();
  const found = new Map<string, string>();
  let missing: string | undefined;
  let missed = 0;
  for (const { name } of entries) {
    const stem = parse(name).name;
    const owner = owners.get(stem);
    if (owner !== undefined) throw new InputError(`${name}: has the same mask, ${stem}.png, as ${owner}`);
    owners.set(stem, name);
    const mask = masks.get(stem);
    if (mask !== undefined) found.set(name, mask);
    else {
      missing ??= join(voc[0] ?? folder, `${stem}.png`);
      missed++;
    }
  }
  if (missing !== undefined) {
    throw new InputError(`${missing}: no such mask, ${missed} of ${entries.length} images have none in ${folder}`);
  }
  return found;
}
