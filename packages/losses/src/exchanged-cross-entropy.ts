import { checkShape, softmaxCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { exchangedTeacherDistribution } from './teacher-distribution.js';

/** The two sides of a self-distillation term. Temperatures are positive numbers. */
export interface Distillation {
  /** `[2,...,D]` float32: the student's logits of both views, differentiable. */
  student: tf.Tensor;
  /** `[2,...,D]` float32: the teacher's logits of both views. */
  teacher: tf.Tensor;
  /** `[1,D]` float32: running mean of the teacher's logits (see `updateCenter`). */
  center: tf.Tensor;
  teacherTemp: number;
  studentTemp: number;
}

/**
 * Σ over views m and rows r of weight[m,r] · CE(teacher[m,r], student[1-m,r]): the student predicts each view's teacher
 * distribution from the other view.
 *
 * @param weights `[2,...]` float32, one for every row of the teacher. A row of weight 0 contributes exactly 0 to the
 *   loss and to its gradient, whatever finite logits it has.
 */
export function exchangedCrossEntropy(distillation: Distillation, weights: tf.Tensor): tf.Scalar {
  const { student, teacher, center, teacherTemp, studentTemp } = distillation;
  const dim = student.shape.at(-1)!;
  return tf.tidy(() => {
    const targets = exchangedTeacherDistribution(teacher, center, teacherTemp);
    const scaled = tf.div(tf.reshape(student, [-1, dim]), studentTemp);
    const rows = softmaxCrossEntropy(scaled, tf.reshape(targets, [-1, dim]));
    const rowWeights = tf.reshape(tf.reverse(weights, 0), [-1]);
    // An unweighted row may be huge, and an infinite one times 0 would not be 0.
    const counted = tf.where(tf.greater(rowWeights, 0), rows, tf.zerosLike(rows));
    return tf.sum(tf.mul(counted, rowWeights));
  });
}

/** @throws if `student`, `teacher` (under its public name) and `center` do not belong together */
export function checkDistillation(
  { student, teacher, center }: Distillation,
  rows: (number | null)[],
  teacherName = 'teacher',
): void {
  checkShape('student', student, [...rows, null]);
  checkShape(teacherName, teacher, student.shape);
  checkShape('center', center, [1, student.shape.at(-1)!]);
}
