import type * as tf from '@tensorflow/tfjs-core';

/**
 * A network under evaluation: images `[B, S, S, 3]` (normalised by the ImageNet statistics) to patch tokens `[B, N, d]`, row by
 * row and without the class token. Intermediate tensors are disposed by the caller (`tf.tidy`).
 */
export type PatchModel = (images: tf.Tensor4D) => tf.Tensor;
