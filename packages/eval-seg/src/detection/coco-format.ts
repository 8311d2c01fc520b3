/** A box as COCO writes it: left, top, width and height in pixels of the image. */
export type CocoBox = readonly [x: number, y: number, width: number, height: number];

/** One object of an `instances_*.json` file; what evaluation does not need is left out. */
export interface CocoAnnotation {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: CocoBox;
  /** Area of the object's mask in square pixels, which decides between small, medium and large. */
  readonly area: number;
  /** 1 for a box around many objects: detections in it are neither right nor wrong. */
  readonly iscrowd?: 0 | 1;
}

/** The ground truth of a split in the form of an `instances_*.json` file. */
export interface CocoGroundTruth {
  readonly images: readonly { readonly id: number }[];
  readonly categories: readonly { readonly id: number }[];
  readonly annotations: readonly CocoAnnotation[];
}

/** One detection, in COCO's results format. */
export interface CocoDetection {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: CocoBox;
  readonly score: number;
}
