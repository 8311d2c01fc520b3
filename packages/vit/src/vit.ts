import { checkShape, type Generator, type Params, partBoundary } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { block, blockAttention, blockParameters, norm } from './block.js';
import type { VitConfig } from './config.js';
import { parameter } from './params.js';
import { patchEmbed } from './patch-embed.js';
import { positionEmbedding } from './position-embedding.js';
import { recomputed } from './recompute.js';

export interface VitOptions {
  /** Draws the stochastic depth; absent, every block runs for every image (evaluation, the teacher). */
  dropPath?: Generator;
  /** How many of the last blocks' outputs to return as `intermediate`. */
  lastBlocks?: number;
  /** Return the attention of the last block. */
  returnAttention?: boolean;
  /** Return the tokens before the first block and after every block. */
  returnHidden?: boolean;
  /**
   * float32 [T, d]: tokens that every image gets behind its patch tokens, their own position embedding included, such as the detection
   * tokens of YOLOS. All outputs then have 1+N+T tokens in place of 1+N. Differentiable.
   */
  extraTokens?: tf.Tensor;
  /**
   * Keep only the tokens between the blocks for the gradient, and run every block once more in the backward pass: less memory
   * on a backend that keeps the order of operators, one more forward pass. Same values and gradients.
   */
  recompute?: boolean;
}

export type VitOutput = {
  /** float32 [B, 1+N, d]: CLS and patch tokens after the final norm. */
  tokens: tf.Tensor3D;
  /** float32 [B, d]: the CLS token. */
  cls: tf.Tensor2D;
  /** Outputs [B, 1+N, d] of the last blocks, each through the final norm, in order; the last one equals `tokens`. */
  intermediate?: tf.Tensor3D[];
  /** float32 [B, heads, 1+N, 1+N]: attention of the last block, query by key. */
  attention?: tf.Tensor4D;
  /** float32 [B, 1+N, d] before the first block and after each block, without the final norm. */
  hidden?: tf.Tensor3D[];
};

/**
 * A vision transformer (Dosovitskiy et al., 2021; DINO's variant). Differentiable in `params` and `images`.
 *
 * @param params as from `initVit`
 * @param images float32 [B, H, W, 3], normalised; H and W multiples of the patch size, otherwise free
 * @throws Error if the shape does not fit
 */
export function vitForward(
  params: Params,
  config: VitConfig,
  images: tf.Tensor4D,
  options: VitOptions = {},
): VitOutput {
  const { dropPath, lastBlocks = 0, returnAttention = false, returnHidden = false, extraTokens } = options;
  const { recompute = false } = options;
  checkImages(images, config);
  if (extraTokens) checkShape('extraTokens', extraTokens, [null, config.embedDim]);
  return tf.tidy(() => {
    let x = prepareTokens(params, config, images);
    if (extraTokens) x = withExtraTokens(x, extraTokens);
    const hidden = [x];
    let attention: tf.Tensor4D | undefined;
    for (let i = 0; i < config.depth; i++) {
      if (returnAttention && i === config.depth - 1) attention = blockAttention(params, config, i, x);
      // Split anew for every run: the second one has to drop the same samples.
      const run = (x: tf.Tensor3D, params: Params) => block(params, config, i, x, dropPath?.split(i));
      x = partBoundary(x) as tf.Tensor3D;
      x = recompute ? recomputed(run, x, blockParameters(params, i)) : run(x, params);
      hidden.push(x);
    }
    const finalNorm = (tokens: tf.Tensor3D) => norm(params, config, 'norm', tokens) as tf.Tensor3D;
    const tokens = finalNorm(x);
    const [batch, , dim] = tokens.shape;
    return {
      tokens,
      cls: tf.reshape(tf.slice(tokens, [0, 0, 0], [batch, 1, dim]), [batch, dim]),
      ...(lastBlocks > 0 && { intermediate: [...hidden.slice(1).slice(-lastBlocks, -1).map(finalNorm), tokens] }),
      ...(attention && { attention }),
      ...(returnHidden && { hidden }),
    } satisfies VitOutput;
  });
}

/** Patch tokens behind a CLS token, plus their position embedding: [B, 1+N, d]. */
function prepareTokens(params: Params, config: VitConfig, images: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width] = images.shape;
  return tf.tidy(() => {
    const cls = tf.tile(parameter(params, 'cls_token') as tf.Tensor3D, [batch, 1, 1]);
    const tokens = tf.concat([cls, patchEmbed(params, images, config.patchSize)], 1);
    return tf.add(tokens, positionEmbedding(params, height / config.patchSize, width / config.patchSize));
  });
}

/** Tokens [B, 1+N, d] and behind them the same extra tokens [T, d] for every image. */
function withExtraTokens(tokens: tf.Tensor3D, extra: tf.Tensor): tf.Tensor3D {
  return tf.tidy(() =>
    tf.concat([tokens, tf.tile(tf.expandDims(extra, 0) as tf.Tensor3D, [tokens.shape[0], 1, 1])], 1),
  );
}

function checkImages(images: tf.Tensor4D, { patchSize }: VitConfig): void {
  checkShape('images', images, [null, null, null, 3]);
  const [, height, width] = images.shape;
  if (height % patchSize !== 0 || width % patchSize !== 0) {
    throw new Error(`images: got ${height}×${width} pixels, wanted multiples of the patch size ${patchSize}`);
  }
}
