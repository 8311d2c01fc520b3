import type * as tf from '@tensorflow/tfjs-core';
import { checkDistillation, exchangedCrossEntropy } from './exchanged-cross-entropy.js';

/** Arguments of {@link crossImageLoss}. Temperatures are positive numbers. */
export interface CrossImageLossOptions {
  /** `[2,B,K,D]` float32: the student's logits of the objects in both views, differentiable. A list `[2,R,D]` serves as well. */
  student: tf.Tensor;
  /**
   * `[2,B,K,D]` or `[2,R,D]` float32: the teacher's logits of the nearest neighbours, first of those found from view 1,
   * nn(c₁), then of those found from view 2, nn(c₂).
   */
  neighbours: tf.Tensor;
  /** `[1,D]` float32: running mean of the teacher's object logits. */
  center: tf.Tensor;
  /** `[2,B,K]` or `[2,R]` float32: see {@link crossImageWeights}, which holds what `paper` and `released` differ in. */
  weights: tf.Tensor;
  teacherTemp: number;
  /** Default 0.1. */
  studentTemp?: number;
}

/**
 * The object-level cross-image loss (Eqs. 7 and 8): the student predicts from an object in one view the teacher's
 * distribution of the neighbour that the same object found from the other view. Only cycle consistent matches have a weight.
 *
 * @returns a scalar whose gradient reaches `student` alone; 0 if every weight is 0
 * @throws if a shape does not fit
 */
export function crossImageLoss({ neighbours, weights, studentTemp = 0.1, ...sides }: CrossImageLossOptions): tf.Scalar {
  const distillation = { ...sides, teacher: neighbours, studentTemp };
  checkDistillation(distillation, weights.shape, 'neighbours');
  return exchangedCrossEntropy(distillation, weights);
}
