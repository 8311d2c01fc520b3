/**
 * The losses of CrIBo (ICLR 2024, Sec. 3.2.3): self-distillation between views at the level of images and of objects, and
 * between images for objects; centering of the teacher and its temperature warm-up.
 * @module
 */
export { updateCenter } from './center.js';
export { type CycleCombination, combineCycles } from './combine-cycles.js';
export { type CrossImageLossOptions, crossImageLoss } from './cross-image-loss.js';
export { type GlobalLossOptions, globalLoss } from './global-loss.js';
export { crossImageWeights, globalWeights, objectWeights } from './loss-weights.js';
export { type ObjectLossOptions, objectLoss } from './object-loss.js';
export { type ProjectedLossOptions, type ProjectedTerm, projectedLoss } from './projected-loss.js';
export { type TeacherTempSchedule, teacherTempAt } from './teacher-temp.js';
export type { Variant } from './variant.js';
