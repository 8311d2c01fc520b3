import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { checkDistillation, type Distillation, exchangedCrossEntropy } from './exchanged-cross-entropy.js';
import { globalWeights } from './loss-weights.js';
import type { Variant } from './variant.js';

/** Arguments of {@link globalLoss}. Temperatures are positive numbers. */
export interface GlobalLossOptions {
  /** `[2B,D]` float32: the student's logits of the class tokens, view 1 of every image, then view 2. Differentiable. */
  student: tf.Tensor;
  /** `[2B,D]` float32: the teacher's logits, in the same order. */
  teacher: tf.Tensor;
  /** `[1,D]` float32: running mean of the teacher's logits. */
  center: tf.Tensor;
  teacherTemp: number;
  /** Default 0.1. */
  studentTemp?: number;
  variant: Variant;
}

/**
 * The image-level loss (Eqs. 9 and 10): the student predicts the teacher's distribution of one view from the other view;
 * mean over images. `paper` sums the two directions, `released` takes half of the sum.
 *
 * @returns a scalar whose gradient reaches `student` alone
 * @throws if a shape does not fit
 */
export function globalLoss(options: GlobalLossOptions): tf.Scalar {
  const { student, teacher, center, teacherTemp, studentTemp = 0.1, variant } = options;
  checkShape('student', student, [null, null]);
  checkShape('teacher', teacher, student.shape);
  const [rows, dim] = student.shape as [number, number];
  if (rows % 2 !== 0) {
    throw new Error(
      `student: got shape [${student.shape}], expected an even number of rows: as many of view 1 as of view 2`,
    );
  }
  return tf.tidy(() => {
    const byView = (x: tf.Tensor) => tf.reshape(x, [2, rows / 2, dim]);
    const distillation: Distillation = {
      student: byView(student),
      teacher: byView(teacher),
      center,
      teacherTemp,
      studentTemp,
    };
    checkDistillation(distillation, [2, rows / 2]);
    return exchangedCrossEntropy(distillation, globalWeights(rows / 2, variant));
  });
}
