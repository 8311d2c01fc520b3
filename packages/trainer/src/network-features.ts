import type { Params } from '@cribo/tensor';
import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkConfig } from './model.js';

/** The patch features of a network: images [B,H,W,3] to patch tokens [B,N,d] after the final norm, CLS removed. */
export function patchFeatures(params: Params, network: NetworkConfig): (images: tf.Tensor4D) => tf.Tensor3D {
  const backbone = unprefixed(params, 'backbone.');
  return (images) =>
    tf.tidy(() => {
      const { tokens } = vitForward(backbone, network.backbone, images);
      const [batch, length, dim] = tokens.shape as [number, number, number];
      return tf.slice(tokens, [0, 1, 0], [batch, length - 1, dim]) as tf.Tensor3D;
    });
}
