/** Object detection (Table 6): COCO's average precision, and YOLOS. */
export { type CocoAp, cocoAp } from './coco-ap.js';
export type { CocoAnnotation, CocoBox, CocoDetection, CocoGroundTruth } from './coco-format.js';
