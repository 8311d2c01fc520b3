import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** The teacher after one step: m · teacher + (1 − m) · student, parameter by parameter. Returns new tensors. */
export function emaUpdate(teacher: Params, student: Params, momentum: number): Params {
  return Object.fromEntries(
    Object.entries(teacher).map(([name, value]) => [
      name,
      tf.tidy(() => tf.add(tf.mul(value, momentum), tf.mul(student[name]!, 1 - momentum))),
    ]),
  );
}
