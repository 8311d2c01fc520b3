import * as tf from '@tensorflow/tfjs-core';

/**
 * A network under evaluation: images `[B, S, S, 3]` (normalised by the ImageNet statistics) to patch tokens `[B, N, d]`, row by
 * row and without the class token. Intermediate tensors are disposed by the caller (`tf.tidy`).
 */
export type PatchModel = (images: tf.Tensor4D) => tf.Tensor;

/**
 * What a network says about images.
 * @param images float32 [B, S, S, 3]
 * @param patches N
 * @returns float32 [B, N, d]; the tokens belong to the caller
 * @throws Error if the model returns another shape
 */
export function patchTokens(model: PatchModel, images: tf.Tensor4D, patches: number): tf.Tensor {
  return tf.tidy(() => {
    const tokens = model(images);
    const [batch] = images.shape;
    if (tokens.rank !== 3 || tokens.shape[0] !== batch || tokens.shape[1] !== patches) {
      throw new Error(`model: got tokens [${tokens.shape}], wanted [${batch}, ${patches}, d]`);
    }
    return tokens;
  });
}
