import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** Settings of {@link sinkhorn}. */
export interface SinkhornOptions {
  /** Sharpness of the plan: the entropy of Eq. 13 is weighted by 1/lambda. Default 20. */
  lambda?: number;
  /** Number of times rows and then columns are rescaled to their marginals. Default 5. */
  iterations?: number;
}

/** What stands in place of an entry that is not a number (a row or column that vanished in float32). */
const REPLACEMENT_OF_NAN = 1e-8;

/**
 * Entropy-regularised optimal transport by Sinkhorn-Knopp (Eq. 13 of CrIBo): the plan starts as `exp(-lambda * cost)`
 * and its rows, then its columns, are rescaled to their marginals, `iterations` times. Columns come last, so their sums
 * are exact up to rounding while the row sums are approximate.
 *
 * Every column goes through the same elementwise arithmetic, so two columns with identical costs and marginals stay
 * bit-identical.
 *
 * @param cost `[B,n,k]` float32, transport cost; meant to be scaled to [0,1]
 * @param rowMarginal `[B,n,1]` float32, mass of every row
 * @param columnMarginal `[B,1,k]` float32, mass of every column
 * @returns the plan, `[B,n,k]` float32
 * @throws if a shape does not fit
 */
export function sinkhorn(
  cost: tf.Tensor,
  rowMarginal: tf.Tensor,
  columnMarginal: tf.Tensor,
  { lambda = 20, iterations = 5 }: SinkhornOptions = {},
): tf.Tensor3D {
  checkShape('cost', cost, [null, null, null]);
  const [images, rows, columns] = cost.shape as [number, number, number];
  checkShape('rowMarginal', rowMarginal, [images, rows, 1]);
  checkShape('columnMarginal', columnMarginal, [images, 1, columns]);
  return tf.tidy(() => {
    const kernel = tf.exp(tf.mul(cost, -lambda));
    let plan = tf.div(kernel, tf.sum(kernel, [1, 2], true));
    for (let iteration = 0; iteration < iterations; iteration++) {
      plan = tf.mul(plan, tf.div(rowMarginal, tf.sum(plan, 2, true)));
      plan = tf.mul(plan, tf.div(columnMarginal, tf.sum(plan, 1, true)));
    }
    return tf.where(tf.isNaN(plan), tf.scalar(REPLACEMENT_OF_NAN), plan) as tf.Tensor3D;
  });
}
