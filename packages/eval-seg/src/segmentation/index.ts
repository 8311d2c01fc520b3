/** Parts of the evaluations that train a segmentation decoder: augmentation, loss, updates, inference. */
export { type RateSchedule, scheduledRate } from './learning-rate.js';
export type { SegmentationOptions, SegmentedBy } from './options.js';
export { type Distortion, distort, drawDistortion } from './photometric-distortion.js';
export type { SegmentationResult, SegmentationRun } from './result.js';
export type { Inference } from './segment-images.js';
export { type LossAverage, segmentationLoss } from './segmentation-loss.js';
export { drawSample, type Sample, segmentationAugmentation } from './train-sample.js';
export { applyGradients, disposeTraining, startTraining, type Training } from './training.js';
export type { UpdateRule } from './update-rule.js';
