import * as tf from '@tensorflow/tfjs-core';
import type { PatchModel } from '../src/index.js';

/** A "network" whose token of a patch is its mean colour and a constant: `[B, H, W, 3]` to `[B, N, 4]`. */
export function colourModel(patchSize: number): PatchModel {
  return (images) => {
    const [batch, height, width] = images.shape;
    const [rows, columns] = [height / patchSize, width / patchSize];
    const mean = tf.avgPool(images, patchSize, patchSize, 'valid');
    const one = tf.ones([batch, rows * columns, 1]);
    return tf.concat([tf.reshape(mean, [batch, rows * columns, 3]), one], 2);
  };
}
