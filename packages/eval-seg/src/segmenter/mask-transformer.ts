import {
  checkShape,
  type Generator,
  l2Normalize,
  layerNorm,
  linear,
  mlp,
  type Params,
  selfAttention,
} from '@cribo/tensor';
import { addBranch, layerParameters, parameter } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';

/** The shape of Segmenter's decoder. */
export interface MaskTransformerConfig {
  /** Width of the patch tokens it takes. */
  readonly inDim: number;
  /** d, its own width. */
  readonly embedDim: number;
  /** L, its layers. */
  readonly depth: number;
  readonly numHeads: number;
  /** Hidden width of the MLPs over `embedDim`. */
  readonly mlpRatio: number;
  /** C. */
  readonly classes: number;
  /** Stochastic depth of the last layer; earlier layers drop less, linearly down to 0 in the first. */
  readonly dropPathRate: number;
}

/** Everything between the tokens and the logits, in the order of the computation. */
export type MaskTransformerOutput = {
  /** float32 [B, N+C, d]: projected patch tokens, the class embeddings behind them. */
  input: tf.Tensor3D;
  /** float32 [B, N+C, d] after each layer. */
  layers: tf.Tensor3D[];
  /** float32 [B, N+C, d] after the decoder's norm. */
  normalized: tf.Tensor3D;
  /** float32 [B, N, d] of unit length. */
  patches: tf.Tensor3D;
  /** float32 [B, C, d] of unit length. */
  classes: tf.Tensor3D;
  /** float32 [B, N, C], the cosine of every patch and class. */
  cosine: tf.Tensor3D;
  /** float32 [B, N, C], the cosines normalised over the classes of every patch. */
  logits: tf.Tensor3D;
};

/** That of PyTorch's LayerNorm, which Segmenter leaves as it is. */
const layerNormEpsilon = 1e-5;

/**
 * The mask transformer of Segmenter (Strudel et al., 2021): patch tokens and learned class embeddings attend to each other, and
 * the score of a patch for a class is the cosine of the two. Differentiable in `params` and `tokens`.
 *
 * @param params as from `initMaskTransformer`
 * @param tokens float32 [B, N, inDim] patch tokens, row by row, without CLS
 * @param rng draws the stochastic depth; absent, every layer runs for every image
 * @throws Error if the tokens are of another width or a parameter is missing
 */
export function maskTransformer(
  params: Params,
  config: MaskTransformerConfig,
  tokens: tf.Tensor,
  rng?: Generator,
): MaskTransformerOutput {
  checkShape('tokens', tokens, [null, null, config.inDim]);
  return tf.tidy(() => {
    const [batch, patches] = tokens.shape as [number, number, number];
    const { embedDim, classes, depth } = config;
    const embeddings = tf.tile(parameter(params, 'cls_emb') as tf.Tensor3D, [batch, 1, 1]);
    const input = tf.concat([layer(params, 'dec_proj', tokens), embeddings], 1) as tf.Tensor3D;
    const layers: tf.Tensor3D[] = [];
    for (let i = 0; i < depth; i++) layers.push(transformerLayer(params, config, i, layers.at(-1) ?? input, rng));
    const normalized = norm(params, 'decoder_norm', layers.at(-1) ?? input) as tf.Tensor3D;
    const unit = (name: string, first: number, count: number) =>
      l2Normalize(layer(params, name, tf.slice(normalized, [0, first, 0], [batch, count, embedDim]))) as tf.Tensor3D;
    const output = { patches: unit('patch_proj', 0, patches), classes: unit('classes_proj', patches, classes) };
    const cosine = tf.matMul(output.patches, output.classes, false, true) as tf.Tensor3D;
    const logits = norm(params, 'mask_norm', cosine) as tf.Tensor3D;
    return { input, layers, normalized, ...output, cosine, logits };
  });
}

/**
 * Layer i on [B, T, d], pre-norm: x ← x + out_proj(attention(ln1(x))), then x ← x + fc2(gelu(fc1(ln2(x)))). `in_proj` gives
 * queries, keys and values one after another, each head by head.
 */
function transformerLayer(
  params: Params,
  { numHeads, depth, dropPathRate }: MaskTransformerConfig,
  i: number,
  x: tf.Tensor3D,
  rng: Generator | undefined,
): tf.Tensor3D {
  const rate = depth > 1 ? (dropPathRate * i) / (depth - 1) : 0;
  const named = (name: string) => `layers.${i}.${name}`;
  const linearLayer = (name: string) => layerParameters(params, named(name));
  const attended = (x: tf.Tensor3D) => {
    const normed = norm(params, named('ln1'), x) as tf.Tensor3D;
    return layer(params, named('out_proj'), selfAttention(normed, linearLayer('in_proj'), numHeads));
  };
  const mixed = (x: tf.Tensor3D) => mlp(norm(params, named('ln2'), x), linearLayer('fc1'), linearLayer('fc2'));
  return addBranch(addBranch(x, attended, rate, rng), mixed, rate, rng);
}

/** A linear layer, with the bias it may have. */
const layer = (params: Params, name: string, x: tf.Tensor) =>
  linear(x, parameter(params, `${name}.weight`), params[`${name}.bias`]);

const norm = (params: Params, name: string, x: tf.Tensor) =>
  layerNorm(x, parameter(params, `${name}.weight`), parameter(params, `${name}.bias`), layerNormEpsilon);
