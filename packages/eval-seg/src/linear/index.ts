/** Linear segmentation (Tables 2 and 7): training a linear decoder on frozen features, and its parts. */
export {
  type EvaluateLinearOptions,
  evaluateLinear,
  type LinearProgress,
  type LinearResult,
} from './evaluate-linear.js';
export { initLinearHead, linearHeadLogits, linearHeadStep } from './linear-head.js';
