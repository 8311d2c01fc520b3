import type { Image } from '@cribo/augment';

/** An image and what it shows. */
export interface LabelledImage {
  /** Path of the file within the data set. */
  readonly id: string;
  readonly image: Image;
  /** Position of the class in `classes`. */
  readonly label: number;
}

/** Images of one class each, decoded one at a time when asked for. */
export interface ImageDataset {
  /** For messages and reports, such as `imagenet/train`. */
  readonly name: string;
  readonly classes: readonly string[];
  /** Number of images. */
  readonly length: number;
  /**
   * Decodes image number `index`.
   * @throws Error of one sentence that names the file
   */
  item(index: number): Promise<LabelledImage>;
}
