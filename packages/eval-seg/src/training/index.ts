/** Training any parameters: updates, learning rates. */
export { type RateSchedule, scheduledRate } from './learning-rate.js';
export { applyGradients, disposeTraining, startTraining, type Training, type WeightDecay } from './training.js';
export type { UpdateRule } from './update-rule.js';
