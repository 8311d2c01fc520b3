import { type Generator, linear, type Params } from '@cribo/tensor';
import { parameter, positionEmbedding, prefixed, unprefixed, type VitConfig, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';

/** The shape of a detector. */
export interface YolosConfig {
  /** The pretrained network; its `imageSize` is the side of the square that the detector sees. */
  readonly backbone: VitConfig;
  /** T, detection tokens: the most objects it can find in an image. */
  readonly tokens: number;
  /** C, categories. */
  readonly classes: number;
}

const heads = ['class_embed', 'bbox_embed'] as const;

/**
 * YOLOS (Fang et al., 2021) on a pretrained vision transformer: detection tokens and their position embedding are drawn from
 * N(0, 0.02²), the layers of the heads uniformly within ±1/√in. The position embedding of the patches is resampled once to the grid of
 * `backbone.imageSize` and learnt from there.
 * @param backbone parameters under timm names, as from `initVit`; they stay the caller's
 * @returns `backbone.*`, `det_token` and `det_pos_embed` [T, d], `class_embed.*` and `bbox_embed.*`; they belong to the caller
 */
export function initYolos(backbone: Params, { backbone: vit, tokens, classes }: YolosConfig, rng: Generator): Params {
  const d = vit.embedDim;
  const side = vit.imageSize / vit.patchSize;
  return tf.tidy(() => {
    const copied = Object.fromEntries(
      Object.entries(backbone).map(([name, value]) => [
        name,
        name === 'pos_embed' ? positionEmbedding(backbone, side, side) : tf.clone(value),
      ]),
    );
    const params: Params = prefixed(copied, 'backbone.');
    for (const name of ['det_token', 'det_pos_embed']) params[name] = rng.split(name).truncNormal([tokens, d]);
    for (const head of heads) {
      const widths = [d, d, d, head === 'class_embed' ? classes + 1 : 4];
      for (let i = 0; i < 3; i++) {
        const [inputs, outputs] = [widths[i]!, widths[i + 1]!];
        for (const [kind, shape] of [
          ['weight', [inputs, outputs]],
          ['bias', [outputs]],
        ] as const) {
          const name = `${head}.layers.${i}.${kind}`;
          const shares = rng.split(name).uniformTensor([...shape]);
          params[name] = tf.mul(tf.sub(shares, 0.5), 2 / Math.sqrt(inputs));
        }
      }
    }
    return params;
  });
}

/**
 * What a detector says about images. Differentiable in `params`.
 * @param images float32 [B, S, S, 3], normalised, S as in `backbone.imageSize`
 * @returns `logits` float32 [B, T, C + 1], the last class being "no object", and `boxes` float32 [B, T, 4], see `CenterBox`
 */
export function yolosForward(
  params: Params,
  { backbone, tokens }: YolosConfig,
  images: tf.Tensor4D,
): { logits: tf.Tensor3D; boxes: tf.Tensor3D } {
  return tf.tidy(() => {
    const extraTokens = tf.add(parameter(params, 'det_token'), parameter(params, 'det_pos_embed'));
    const all = vitForward(unprefixed(params, 'backbone.'), backbone, images, { extraTokens }).tokens;
    const [batch, length, dim] = all.shape;
    const detected = tf.slice(all, [0, length - tokens, 0], [batch, tokens, dim]);
    return {
      logits: mlp(params, 'class_embed', detected),
      boxes: tf.sigmoid(mlp(params, 'bbox_embed', detected)),
    };
  });
}

/** Three linear layers with ReLU between. */
function mlp(params: Params, head: (typeof heads)[number], x: tf.Tensor): tf.Tensor3D {
  const layer = (input: tf.Tensor, i: number) =>
    linear(input, parameter(params, `${head}.layers.${i}.weight`), parameter(params, `${head}.layers.${i}.bias`));
  return layer(tf.relu(layer(tf.relu(layer(x, 0)), 1)), 2) as tf.Tensor3D;
}
