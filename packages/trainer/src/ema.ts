import * as tf from '@tensorflow/tfjs-core';

/** A teacher's parameter after one step of the student: m · teacher + (1 − m) · student. Returns a new tensor. */
export function follow(teacher: tf.Tensor, student: tf.Tensor, momentum: number): tf.Tensor {
  return tf.tidy(() => tf.add(tf.mul(teacher, momentum), tf.mul(student, 1 - momentum)));
}
