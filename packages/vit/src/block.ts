import {
  type Generator,
  layerNorm,
  linear,
  mlp,
  type Params,
  type QkvLayer,
  selfAttention,
  selfAttentionWeights,
} from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { VitConfig } from './config.js';
import { addBranch } from './drop-path.js';
import { layerParameters, parameter } from './params.js';

/**
 * Transformer block i on tokens [B, T, d], pre-norm:
 * x ← x + proj(attention(norm1(x))), then x ← x + fc2(gelu(fc1(norm2(x)))).
 */
export function block(params: Params, config: VitConfig, i: number, tokens: tf.Tensor3D, rng?: Generator): tf.Tensor3D {
  const rate = config.depth > 1 ? (config.dropPathRate * i) / (config.depth - 1) : 0;
  return tf.tidy(() => {
    const layer = (name: string) => layerParameters(params, `blocks.${i}.${name}`);
    const attended = addBranch(
      tokens,
      (x) => {
        const { weight, bias } = layer('attn.proj');
        const normed = norm(params, config, `blocks.${i}.norm1`, x);
        return linear(selfAttention(normed, qkvLayer(params, i), config.numHeads), weight, bias);
      },
      rate,
      rng,
    );
    const mixed = (x: tf.Tensor3D) =>
      mlp(norm(params, config, `blocks.${i}.norm2`, x), layer('mlp.fc1'), layer('mlp.fc2'));
    return addBranch(attended, mixed, rate, rng);
  });
}

const layers = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'];

/** The parameters of block i, under their full names. */
export function blockParameters(params: Params, i: number): Params {
  const names = layers.flatMap((layer) => [`blocks.${i}.${layer}.weight`, `blocks.${i}.${layer}.bias`]);
  return Object.fromEntries(names.flatMap((name) => (params[name] ? [[name, params[name]] as const] : [])));
}

/** The attention of block i on tokens [B, T, d]: [B, h, T, T], query by key. */
export function blockAttention(params: Params, config: VitConfig, i: number, tokens: tf.Tensor3D): tf.Tensor4D {
  return tf.tidy(() => {
    const normed = norm(params, config, `blocks.${i}.norm1`, tokens);
    return selfAttentionWeights(normed, qkvLayer(params, i), config.numHeads);
  });
}

/** Layer normalisation with the parameters called `name`. */
export function norm<T extends tf.Tensor>(params: Params, config: VitConfig, name: string, x: T): T {
  return layerNorm(
    x,
    parameter(params, `${name}.weight`),
    parameter(params, `${name}.bias`),
    config.layerNormEpsilon,
  ) as T;
}

/** Which may have no bias. */
function qkvLayer(params: Params, i: number): QkvLayer {
  const bias = params[`blocks.${i}.attn.qkv.bias`];
  return { weight: parameter(params, `blocks.${i}.attn.qkv.weight`), ...(bias && { bias }) };
}
