import { decodeImage } from '@cribo/augment/node';
import type { SegItem } from '../dataset.js';
import { readLabelMask } from './label-mask.js';
import { type LabelTable, toClassIds } from './label-table.js';

/** Where one image and its mask lie. */
export interface ItemFiles {
  readonly id: string;
  readonly image: string;
  readonly mask: string;
}

/**
 * Decodes an image and its mask and checks that they belong together. The image has the pixels as they are stored: masks of all
 * released data sets are drawn on these, so an EXIF orientation must not turn the image away from its mask.
 * @param labels what the numbers in the mask stand for
 * @throws Error naming the file, see `SegDataset.item`.
 */
export async function readItem(files: ItemFiles, labels: LabelTable): Promise<SegItem> {
  const [image, mask] = await Promise.all([decodeImage(files.image, { autoOrient: false }), readLabelMask(files.mask)]);
  if (mask.width !== image.width || mask.height !== image.height) {
    const isTurned = mask.width === image.height && mask.height === image.width;
    const reference = isTurned ? 'the stored pixels (no EXIF orientation applied) of ' : '';
    throw new Error(
      `${files.mask}: the mask has ${mask.width} x ${mask.height} pixels, expected ${image.width} x ${image.height} as in ${reference}${files.image}`,
    );
  }
  return { id: files.id, image, mask: toClassIds(files.mask, mask, labels) };
}
