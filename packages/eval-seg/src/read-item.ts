import { decodeImage } from '@cribo/augment/node';
import { IGNORE_LABEL, type LabelMask, type SegItem } from './dataset.js';
import { readLabelMask } from './label-mask.js';

/** Where one image and its mask lie. */
export interface ItemFiles {
  readonly id: string;
  readonly image: string;
  readonly mask: string;
}

/**
 * Decodes an image and its mask and checks that they belong together.
 * @throws Error naming the file, see `SegDataset.item`.
 */
export async function readItem(files: ItemFiles, classCount: number): Promise<SegItem> {
  const [image, mask] = await Promise.all([decodeImage(files.image), readLabelMask(files.mask)]);
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new Error(
      `${files.mask}: the mask has ${mask.width} x ${mask.height} pixels, expected ${image.width} x ${image.height} as in ${files.image}`,
    );
  }
  checkLabels(files.mask, mask, classCount);
  return { id: files.id, image, mask };
}

function checkLabels(path: string, mask: LabelMask, classCount: number): void {
  for (const label of mask.data) {
    if (label >= classCount && label !== IGNORE_LABEL) {
      throw new Error(
        `${path}: found label ${label}, expected 0 to ${classCount - 1} (${classCount} classes) or ${IGNORE_LABEL}`,
      );
    }
  }
}
