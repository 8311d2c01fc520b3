import { join } from 'node:path';
import type { FolderListing } from './files.js';
import type { ItemFiles } from './read-item.js';

/**
 * Finds image and mask of every id in the listings of their folders; no image or mask is opened.
 * @param images holds `<id>.jpg`
 * @param masks the first of these folders that holds a mask wins
 * @param suffixes what may follow the id in the name of a mask, the preferred one first
 * @throws Error naming the first file that is missing: better said before hours of work than at image number 1465.
 */
export function pairWithMasks(
  ids: readonly string[],
  images: FolderListing,
  masks: readonly FolderListing[],
  suffixes: readonly string[] = ['.png'],
): ItemFiles[] {
  const withoutImage = ids.filter((id) => !images.names.has(`${id}.jpg`));
  if (withoutImage.length > 0) {
    const path = join(images.path, `${withoutImage[0]}.jpg`);
    throw new Error(`${path}: no such image, ${withoutImage.length} of the ${ids.length} listed are missing`);
  }
  const found = ids.map((id) => findMask(id, masks, suffixes));
  const withoutMask = ids.filter((_, i) => found[i] === undefined);
  if (withoutMask.length > 0) {
    const path = join(masks[0]!.path, `${withoutMask[0]}${suffixes.at(-1)}`);
    const searched = masks.map((folder) => folder.path).join(' and ');
    throw new Error(`${path}: no such mask, ${withoutMask.length} of ${ids.length} images have none in ${searched}`);
  }
  return ids.map((id, i) => ({ id, image: join(images.path, `${id}.jpg`), mask: found[i]! }));
}

function findMask(id: string, masks: readonly FolderListing[], suffixes: readonly string[]): string | undefined {
  for (const { path, names } of masks) {
    const suffix = suffixes.find((end) => names.has(id + end));
    if (suffix !== undefined) return join(path, id + suffix);
  }
  return undefined;
}
