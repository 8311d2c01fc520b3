/** Object detection (Table 6): COCO's average precision, and YOLOS. */
export { type CenterBox, generalizedIou } from './center-box.js';
export { type CocoAp, cocoAp } from './coco-ap.js';
export type { CocoAnnotation, CocoBox, CocoDetection, CocoGroundTruth } from './coco-format.js';
export {
  type BoxedObject,
  type Category,
  type DetectionDataset,
  type DetectionItem,
  firstImages,
} from './detection-dataset.js';
export { type EvaluateYolosOptions, evaluateYolos, type YolosProgress, type YolosResult } from './evaluate-yolos.js';
export { matchObjects, type Predictions, type TargetObject } from './match-objects.js';
export { setLoss, type TargetTensors } from './set-loss.js';
export { type TokenTargets, tokenTargets } from './token-targets.js';
export { initYolos, type YolosConfig, yolosForward } from './yolos.js';
