/** Parts of the evaluations that train a segmentation decoder: augmentation, loss, inference. */
export type { SegmentationOptions, SegmentedBy } from './options.js';
export { type Distortion, distort, drawDistortion } from './photometric-distortion.js';
export type { SegmentationResult, SegmentationRun } from './result.js';
export type { Inference } from './segment-images.js';
export { type LossAverage, segmentationLoss } from './segmentation-loss.js';
export { drawSample, type Sample, segmentationAugmentation } from './train-sample.js';
