/** Linear segmentation (Tables 2 and 7): training a linear decoder on frozen features, and its parts. */
export {
  type EvaluateLinearOptions,
  evaluateLinear,
  type LinearProgress,
} from './evaluate-linear.js';
export type { LinearOptimizer } from './head-optimizer.js';
export { disposeHeadTraining, type HeadTraining, linearHeadStep, startHeadTraining } from './head-trainer.js';
export { type LinearSchedule, scheduledRate } from './learning-rate.js';
export { initLinearHead, linearHeadLogits } from './linear-head.js';
export type { LinearResult, LinearRun } from './linear-result.js';
export { type Distortion, distort, drawDistortion } from './photometric-distortion.js';
export type { Inference } from './segment-images.js';
export { type LossAverage, segmentationLoss } from './segmentation-loss.js';
export { drawSample, linearAugmentation, type Sample } from './train-sample.js';
