import { type Generator, linear, type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { segmentationLoss } from '../segmentation/segmentation-loss.js';
import { applyGradients, type Training } from '../training/training.js';
import type { Grid } from '../upsample.js';

/**
 * The linear decoder of Tables 2 and 7: one 1×1 convolution with bias on the patch tokens, which is a linear layer per token
 * (mmsegmentation's `FCNHead` without convolutions, BatchNorm and dropout). Weights are drawn from N(0, 0.01²) as there.
 * @param dim d, the width of a token
 * @returns `weight` float32 [d, C] and `bias` float32 [C]; they belong to the caller
 */
export function initLinearHead(dim: number, classes: number, generator: Generator): Params {
  return {
    weight: generator.truncNormal([dim, classes], { std: 0.01 }),
    bias: tf.zeros([classes]),
  };
}

/**
 * Class logits of every patch.
 * @param features float32 [B, N, d] patch tokens, row by row, without CLS
 * @returns float32 [B, N, C]
 * @throws Error if the head is for another width
 */
export function linearHeadLogits(head: Params, features: tf.Tensor): tf.Tensor3D {
  return linear(features, head.weight!, head.bias!) as tf.Tensor3D;
}

/**
 * One update of a linear head on the features of a frozen network.
 * @param training of the parameters of `initLinearHead`
 * @param features float32 [B, N, d] patch tokens
 * @param grid patches of one image, rows · columns = N
 * @param labels int32 [B, H, W] pixel labels, 255 where ignored
 * @returns float32 [], the loss before the update; it belongs to the caller
 */
export function linearHeadStep(
  training: Training,
  features: tf.Tensor,
  grid: Grid,
  labels: tf.Tensor,
  lr: number,
): tf.Scalar {
  const { value, grads } = valueAndGrads((head) => {
    const logits = linearHeadLogits(head, features);
    return { loss: segmentationLoss(logits, grid, labels), aux: {} };
  }, training.params);
  applyGradients(training, grads, lr);
  return value;
}
