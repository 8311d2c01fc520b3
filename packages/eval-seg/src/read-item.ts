import { decodeImage } from '@cribo/augment/node';
import type { SegItem } from './dataset.js';
import { readLabelMask } from './label-mask.js';
import { type LabelTable, toClassIds } from './label-table.js';

/** Where one image and its mask lie. */
export interface ItemFiles {
  readonly id: string;
  readonly image: string;
  readonly mask: string;
}

/**
 * Decodes an image and its mask and checks that they belong together.
 * @param labels what the numbers in the mask stand for
 * @throws Error naming the file, see `SegDataset.item`.
 */
export async function readItem(files: ItemFiles, labels: LabelTable): Promise<SegItem> {
  const [image, mask] = await Promise.all([decodeImage(files.image), readLabelMask(files.mask)]);
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new Error(
      `${files.mask}: the mask has ${mask.width} x ${mask.height} pixels, expected ${image.width} x ${image.height} as in ${files.image}`,
    );
  }
  return { id: files.id, image, mask: toClassIds(files.mask, mask, labels) };
}
