import { checkShape, projectedCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** What the student of {@link projectedLoss} has to predict: rows of the teacher and what each of them counts. */
export interface ProjectedTerm {
  /** `[2,R,d]` float32: the teacher's features of both views, in front of its output layer. */
  features: tf.Tensor;
  /** `[2,R]` float32: from {@link globalWeights}, {@link objectWeights} (the same for both views) or {@link crossImageWeights}. */
  weights: tf.Tensor;
}

/** Arguments of {@link projectedLoss}. Temperatures are positive numbers. */
export interface ProjectedLossOptions {
  student: {
    /** `[2,R,d]` float32: the student's features in front of its output layer, differentiable. */
    features: tf.Tensor;
    /** `[d,D]` float32: the weight of the output layer, differentiable. */
    weight: tf.Tensor;
  };
  teacher: {
    /** `[d,D]` float32 */
    weight: tf.Tensor;
    /** `[1,D]` float32: running mean of the teacher's logits. */
    center: tf.Tensor;
  };
  terms: readonly ProjectedTerm[];
  teacherTemp: number;
  /** Default 0.1. */
  studentTemp?: number;
}

/**
 * Losses that share an output layer, from what stands in front of it: the same numbers as {@link globalLoss},
 * {@link objectLoss} and {@link crossImageLoss} give, without the logits `[2,R,D]` of student and teacher and their
 * gradients ever existing as a whole. Each view is predicted from the other one.
 *
 * @returns `loss`, a scalar whose gradient reaches the student's features and weight; `terms` `[T]`, the value of each term
 * @throws if a shape does not fit
 */
export function projectedLoss(options: ProjectedLossOptions): { loss: tf.Scalar; terms: tf.Tensor1D } {
  const { student, teacher, terms, teacherTemp, studentTemp = 0.1 } = options;
  checkShape('student features', student.features, [2, null, null]);
  const [, rows, dim] = student.features.shape as [number, number, number];
  for (const { features, weights } of terms) {
    checkShape('features', features, [2, rows, null]);
    checkShape('weights', weights, [2, rows]);
  }
  return tf.tidy(() => {
    const targets = terms.map(({ features, weights }) => ({
      features: tf.reshape(tf.reverse(features, 0), [2 * rows, -1]),
      rowWeights: tf.reshape(tf.reverse(weights, 0), [-1]),
    }));
    const features = tf.reshape(student.features, [2 * rows, dim]);
    return projectedCrossEntropy(
      features,
      student.weight,
      studentTemp,
      { ...teacher, temperature: teacherTemp },
      targets,
    );
  });
}
