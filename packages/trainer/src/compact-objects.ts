import * as tf from '@tensorflow/tfjs-core';

/** The valid objects of a batch as a list of rows, padded to one of a few lengths. */
export interface ObjectRows {
  /** int32 [R]: rows of a flattened [B·K] list; padding points at row 0. */
  index: tf.Tensor1D;
  /** float32 [R]: 1 for an object, 0 for padding. */
  present: tf.Tensor1D;
  /** How many objects there are. */
  count: number;
}

/** The list lengths in use: this many evenly spaced sizes up to B·K, so that a graph is compiled for each only once. */
const buckets = 8;

/** Lists the true entries of `valid` (bool [B,K] on the host, row-major). */
export function compactObjects(valid: ArrayLike<number>): ObjectRows {
  const rows: number[] = [];
  for (let row = 0; row < valid.length; row++) if (valid[row]) rows.push(row);
  const unit = Math.ceil(valid.length / buckets);
  const length = Math.max(1, Math.ceil(rows.length / unit)) * unit;
  const index = new Int32Array(length);
  index.set(rows);
  const present = new Float32Array(length).fill(1, 0, rows.length);
  return { index: tf.tensor1d(index, 'int32'), present: tf.tensor1d(present), count: rows.length };
}

/** The listed rows of `objects` [M,B,K,…] as [M,R,…]; differentiable. */
export function gatherObjects(objects: tf.Tensor, { index }: ObjectRows): tf.Tensor {
  const [views, batch, clusters, ...rest] = objects.shape as [number, number, number, ...number[]];
  const width = rest.reduce((product, size) => product * size, 1);
  const gather = tf.customGrad((input) => ({
    value: tf.gather(input as tf.Tensor, index, 1),
    // The transposed gather as a product with the one-hot rows; every backend has that.
    gradFunc: (dy: tf.Tensor) => {
      // The wasm backend writes the bits of an int32 whatever type of one-hot it is asked for.
      const rows = tf.cast(tf.oneHot(index, batch * clusters), 'float32');
      return tf.matMul(tf.tile(tf.expandDims(rows), [views, 1, 1]), dy, true, false);
    },
  }));
  return tf.tidy(() => {
    const listed = gather(tf.reshape(objects, [views, batch * clusters, width]));
    return tf.reshape(listed, [views, index.size, ...rest]);
  });
}
