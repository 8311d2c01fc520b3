import * as tf from '@tensorflow/tfjs-core';
import { checkDistillation, exchangedCrossEntropy } from './exchanged-cross-entropy.js';

/** Arguments of {@link objectLoss}. Temperatures are positive numbers. */
export interface ObjectLossOptions {
  /** `[2,B,K,D]` float32: the student's logits of the objects in both views, differentiable. A list `[2,R,D]` serves as well. */
  student: tf.Tensor;
  /** `[2,B,K,D]` or `[2,R,D]` float32: the teacher's logits of the same objects. */
  teacher: tf.Tensor;
  /** `[1,D]` float32: running mean of the teacher's object logits. */
  center: tf.Tensor;
  /** `[B,K]` or `[R]` float32: see {@link objectWeights}, which holds what `paper` and `released` differ in. */
  weights: tf.Tensor;
  teacherTemp: number;
  /** Default 0.1. */
  studentTemp?: number;
}

/**
 * The object-level cross-view loss (Eqs. 5 and 6): the student predicts the teacher's distribution of an object in one
 * view from the same object in the other view. Both directions are added, weighted by `weights`.
 *
 * @returns a scalar whose gradient reaches `student` alone; 0 if every weight is 0
 * @throws if a shape does not fit
 */
export function objectLoss({ weights, studentTemp = 0.1, ...sides }: ObjectLossOptions): tf.Scalar {
  const distillation = { ...sides, studentTemp };
  checkDistillation(distillation, [2, ...weights.shape]);
  return tf.tidy(() => exchangedCrossEntropy(distillation, tf.stack([weights, weights])));
}
