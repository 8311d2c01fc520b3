import * as tf from '@tensorflow/tfjs-core';
import type { PatchModel } from '../patch-features.js';
import type { Grid } from '../upsample.js';

/** A frozen network and the one shape of input that it is given. */
export interface FrozenNetwork {
  readonly model: PatchModel;
  /** Images per forward pass. */
  readonly batchSize: number;
  /** Side of an image in pixels. */
  readonly cropSize: number;
  /** Patches of one image. */
  readonly grid: Grid;
  /** N, their number. */
  readonly patches: number;
}

/** @throws Error if patches do not tile the crop or the batch is empty. */
export function frozenNetwork(
  model: PatchModel,
  { cropSize, patchSize, batchSize }: { cropSize: number; patchSize: number; batchSize: number },
): FrozenNetwork {
  const side = cropSize / patchSize;
  if (!Number.isInteger(side) || side < 1 || patchSize < 1) {
    throw new Error(`cropSize: got ${cropSize}, wanted a multiple of the patch size ${patchSize}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`batchSize: got ${batchSize}, wanted a positive whole number`);
  }
  return { model, batchSize, cropSize, grid: { rows: side, columns: side }, patches: side * side };
}

/**
 * Patch tokens of a batch of images.
 * @param images `[B, size, size, 3]`
 * @returns float32 [B, N, d]; they belong to the caller
 * @throws Error if the model does not return [B, N, d]
 */
export function frozenFeatures(
  { model, batchSize, cropSize, patches }: FrozenNetwork,
  images: Float32Array,
): tf.Tensor {
  return tf.tidy(() => {
    const tokens = model(tf.tensor4d(images, [batchSize, cropSize, cropSize, 3]));
    if (tokens.rank !== 3 || tokens.shape[0] !== batchSize || tokens.shape[1] !== patches) {
      throw new Error(`model: got tokens [${tokens.shape}], wanted [${batchSize}, ${patches}, d]`);
    }
    return tokens;
  });
}
