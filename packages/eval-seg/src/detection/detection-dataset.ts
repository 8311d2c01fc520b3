import type { Image } from '@cribo/augment';
import type { CocoBox, CocoGroundTruth } from './coco-format.js';

export interface Category {
  /** The id in annotations and results; ids may have gaps. */
  readonly id: number;
  readonly name: string;
}

/** An object to be learnt. */
export interface BoxedObject {
  /** Position of its category in `categories`. */
  readonly label: number;
  /** In pixels of the image, inside of it. */
  readonly box: CocoBox;
}

/** An image with the objects to train on; crowds are not among them. */
export interface DetectionItem {
  readonly imageId: number;
  readonly image: Image;
  readonly objects: readonly BoxedObject[];
}

/** Images with boxes around objects, decoded one at a time when asked for. */
export interface DetectionDataset {
  /** For messages and reports, such as `coco val2017`. */
  readonly name: string;
  /** By rising id. */
  readonly categories: readonly Category[];
  /** Number of images. */
  readonly length: number;
  /** What detections of all its images are compared with. */
  readonly groundTruth: CocoGroundTruth;
  /**
   * Decodes image number `index`, which is `groundTruth.images[index]`.
   * @throws Error of one sentence that names the file
   */
  item(index: number): Promise<DetectionItem>;
}

/** The first images of a data set, for trials. */
export function firstImages(dataset: DetectionDataset, count: number): DetectionDataset {
  if (count >= dataset.length) return dataset;
  const images = dataset.groundTruth.images.slice(0, count);
  const kept = new Set(images.map(({ id }) => id));
  const annotations = dataset.groundTruth.annotations.filter(({ image_id }) => kept.has(image_id));
  return { ...dataset, length: count, groundTruth: { ...dataset.groundTruth, images, annotations } };
}
