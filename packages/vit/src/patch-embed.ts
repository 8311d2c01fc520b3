import { linear, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { parameter } from './params.js';

/** Projects every patch to a token: images [B,H,W,3] to [B, H/p · W/p, d], patches in row-major order. */
export function patchEmbed(params: Params, images: tf.Tensor4D, patchSize: number): tf.Tensor3D {
  const [batch, height, width] = images.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  return tf.tidy(() => {
    // One row of patches at a time keeps the rank at 4: [B·rows, p, columns, p·3] to [B·rows, columns, p, p·3].
    const strips = tf.reshape(images, [batch * rows, patchSize, columns, patchSize * 3]);
    const patches = tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), [batch, rows * columns, patchSize * patchSize * 3]);
    return linear(
      patches,
      parameter(params, 'patch_embed.proj.weight'),
      parameter(params, 'patch_embed.proj.bias'),
    ) as tf.Tensor3D;
  });
}
