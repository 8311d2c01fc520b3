import { type Generator, type Params, valueAndGrads } from '@cribo/tensor';
import { unprefixed, type VitConfig, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import { segmentationLoss } from '../segmentation/segmentation-loss.js';
import { applyGradients, type Training } from '../training/training.js';
import { type MaskTransformerConfig, maskTransformer } from './mask-transformer.js';

/** A vision transformer with the mask transformer on its patch tokens; parameters are named `backbone.*` and `decoder.*`. */
export interface SegmenterConfig {
  readonly backbone: VitConfig;
  readonly decoder: MaskTransformerConfig;
}

/**
 * Class logits of every patch. Differentiable in `params` and `images`.
 *
 * @param images float32 [B, H, W, 3], normalised by the ImageNet statistics; H and W multiples of the patch size
 * @param rng draws the stochastic depth; absent, nothing is dropped (inference)
 * @returns float32 [B, N, C], patches row by row
 * @throws Error if the shapes do not fit or a parameter is missing
 */
export function segmenterLogits(
  params: Params,
  { backbone, decoder }: SegmenterConfig,
  images: tf.Tensor4D,
  rng?: Generator,
): tf.Tensor3D {
  return tf.tidy(() => {
    const dropPath = rng && { dropPath: rng.split('backbone') };
    const { tokens } = vitForward(unprefixed(params, 'backbone.'), backbone, images, dropPath);
    const [batch, length, dim] = tokens.shape;
    const patches = tf.slice(tokens, [0, 1, 0], [batch, length - 1, dim]);
    return maskTransformer(unprefixed(params, 'decoder.'), decoder, patches, rng?.split('decoder')).logits;
  });
}

/**
 * One update of backbone and decoder.
 * @param images float32 [B, H, W, 3]
 * @param labels int32 [B, H, W] pixel labels, 255 where ignored
 * @param rng draws the stochastic depth
 * @returns float32 [], the loss before the update; it belongs to the caller
 */
export function segmenterStep(
  training: Training,
  config: SegmenterConfig,
  images: tf.Tensor4D,
  labels: tf.Tensor,
  lr: number,
  rng?: Generator,
): tf.Scalar {
  const { patchSize } = config.backbone;
  const grid = { rows: images.shape[1] / patchSize, columns: images.shape[2] / patchSize };
  const { value, grads } = valueAndGrads((params) => {
    const logits = segmenterLogits(params, config, images, rng);
    return { loss: segmentationLoss(logits, grid, labels), aux: {} };
  }, training.params);
  applyGradients(training, grads, lr);
  return value;
}
