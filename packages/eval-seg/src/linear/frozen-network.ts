import * as tf from '@tensorflow/tfjs-core';
import type { PatchModel } from '../patch-model.js';
import type { CropBatch } from '../segmentation/crop-batch.js';

/** A frozen network and the one shape of input that it is given. */
export interface FrozenNetwork extends CropBatch {
  readonly model: PatchModel;
}

/**
 * Patch tokens of a batch of images.
 * @param images float32 [B, size, size, 3]
 * @returns float32 [B, N, d]; they belong to the caller
 * @throws Error if the model does not return [B, N, d]
 */
export function frozenFeatures({ model, batchSize, patches }: FrozenNetwork, images: tf.Tensor4D): tf.Tensor {
  return tf.tidy(() => {
    const tokens = model(images);
    if (tokens.rank !== 3 || tokens.shape[0] !== batchSize || tokens.shape[1] !== patches) {
      throw new Error(`model: got tokens [${tokens.shape}], wanted [${batchSize}, ${patches}, d]`);
    }
    return tokens;
  });
}
