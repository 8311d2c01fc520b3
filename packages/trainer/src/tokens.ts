import * as tf from '@tensorflow/tfjs-core';

/** Tokens [B, 1+N, d] without the CLS token: [B, N, d]. */
export function withoutCls(tokens: tf.Tensor): tf.Tensor3D {
  const [batch, length, dim] = tokens.shape as [number, number, number];
  return tf.slice(tokens, [0, 1, 0], [batch, length - 1, dim]) as tf.Tensor3D;
}

/** Patch tokens by view: tokens [2B, 1+N, d] (view-major, CLS first) to [2, B, N, d]. */
export function patchTokens(tokens: tf.Tensor): tf.Tensor4D {
  return tf.tidy(() => {
    const patches = withoutCls(tokens);
    const [rows, length, dim] = patches.shape;
    return tf.reshape(patches, [2, rows / 2, length, dim]);
  });
}

/** Applies `f`, which works on rows [R, in], along the last axis of x […, in]. */
export function onRows(x: tf.Tensor, f: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const leading = x.shape.slice(0, -1);
    const rows = f(tf.reshape(x, [-1, x.shape.at(-1)!]));
    return tf.reshape(rows, [...leading, rows.shape.at(-1)!]);
  });
}
