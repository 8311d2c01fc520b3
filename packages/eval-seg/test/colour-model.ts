import * as tf from '@tensorflow/tfjs-core';
import type { PatchModel } from '../src/index.js';

/** A "network" whose token of a patch is its mean colour and a constant: `[B, H, W, 3]` to `[B, N, 4]`. */
export function colourModel(patchSize: number): PatchModel {
  return (images) => {
    const [batch, height, width] = images.shape;
    const [rows, columns] = [height / patchSize, width / patchSize];
    // Mean over the rows of every patch, then over its columns.
    const strips = tf.mean(tf.reshape(images, [batch * rows, patchSize, width * 3]), 1);
    const mean = tf.mean(tf.reshape(strips, [batch * rows * columns, patchSize, 3]), 1);
    const one = tf.ones([batch, rows * columns, 1]);
    return tf.concat([tf.reshape(mean, [batch, rows * columns, 3]), one], 2);
  };
}
