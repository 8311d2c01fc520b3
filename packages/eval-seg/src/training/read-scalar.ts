import type * as tf from '@tensorflow/tfjs-core';

/** The value of a scalar, which is disposed of. */
export async function readScalar(scalar: tf.Scalar): Promise<number> {
  const [value] = await scalar.data();
  scalar.dispose();
  return value!;
}
