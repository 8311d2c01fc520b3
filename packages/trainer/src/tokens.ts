import * as tf from '@tensorflow/tfjs-core';

/** Patch tokens by view: tokens [2B, 1+N, d] (view-major, CLS first) to [2, B, N, d]. */
export function patchTokens(tokens: tf.Tensor): tf.Tensor4D {
  const [rows, length, dim] = tokens.shape as [number, number, number];
  return tf.tidy(() =>
    tf.reshape(tf.slice(tokens, [0, 1, 0], [rows, length - 1, dim]), [2, rows / 2, length - 1, dim]),
  );
}

/** Applies `f`, which works on rows [R, in], along the last axis of x […, in]. */
export function onRows(x: tf.Tensor, f: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const leading = x.shape.slice(0, -1);
    const rows = f(tf.reshape(x, [-1, x.shape.at(-1)!]));
    return tf.reshape(rows, [...leading, rows.shape.at(-1)!]);
  });
}
