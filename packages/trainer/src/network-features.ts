import type { Params } from '@cribo/tensor';
import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkConfig } from './model.js';
import { withoutCls } from './tokens.js';

/** The patch features of a network: images [B,H,W,3] to patch tokens [B,N,d] after the final norm, CLS removed. */
export function patchFeatures(params: Params, network: NetworkConfig): (images: tf.Tensor4D) => tf.Tensor3D {
  const backbone = unprefixed(params, 'backbone.');
  return (images) => tf.tidy(() => withoutCls(vitForward(backbone, network.backbone, images).tokens));
}
