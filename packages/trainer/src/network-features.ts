import type { Params } from '@cribo/tensor';
import { unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkConfig } from './model.js';
import { withoutCls } from './tokens.js';

/**
 * The patch features of a network: images [B,H,W,3] to patch tokens [B,N,d] after the final norm, CLS removed.
 * @param layers how many of the last blocks to put side by side, giving [B,N,layers·d] in the order of the blocks; as in the
 * authors' evaluation only the last one has passed the final norm. At most the number of blocks.
 */
export function patchFeatures(
  params: Params,
  network: NetworkConfig,
  layers = 1,
): (images: tf.Tensor4D) => tf.Tensor3D {
  const backbone = unprefixed(params, 'backbone.');
  return (images) =>
    tf.tidy(() => {
      if (layers === 1) return withoutCls(vitForward(backbone, network.backbone, images).tokens);
      const { hidden, tokens } = vitForward(backbone, network.backbone, images, { returnHidden: true });
      return tf.concat([...hidden!.slice(-layers, -1), tokens].map(withoutCls), 2);
    });
}

/** The image features of a network: images [B,H,W,3] to CLS tokens [B,d] after the final norm. */
export function clsFeatures(params: Params, network: NetworkConfig): (images: tf.Tensor4D) => tf.Tensor2D {
  const backbone = unprefixed(params, 'backbone.');
  return (images) => tf.tidy(() => vitForward(backbone, network.backbone, images).cls);
}
