import type { Image } from '@cribo/augment';

/** The label of pixels that belong to no class: they neither vote nor count. */
export const IGNORE_LABEL = 255;

/** One class id per pixel, row by row; {@link IGNORE_LABEL} where the class is void. */
export interface LabelMask {
  readonly width: number;
  readonly height: number;
  /** `height * width` class ids. */
  readonly data: Uint8Array;
}

/** An image with its pixel labels; both have the same size. */
export interface SegItem {
  /** The file name without folder and extension. */
  readonly id: string;
  readonly image: Image;
  readonly mask: LabelMask;
}

/** Images with pixel labels, decoded one at a time when asked for. */
export interface SegDataset {
  /** For messages and reports, such as `voc2012 train`. */
  readonly name: string;
  /** Name of every class; the position is the label in the masks. */
  readonly classes: readonly string[];
  readonly ignoreLabel: typeof IGNORE_LABEL;
  /** Number of images. */
  readonly length: number;
  /**
   * Decodes image and mask number `index`.
   * @throws Error of one sentence that names the file: not found, not readable, mask of another size than the image,
   * mask in colours, or a label outside of `classes`.
   */
  item(index: number): Promise<SegItem>;
}
