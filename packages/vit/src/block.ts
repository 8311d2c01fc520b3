import { attention, attentionWeights, type Generator, geluLinear, layerNorm, linear, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { VitConfig } from './config.js';
import { dropPath } from './drop-path.js';
import { parameter } from './params.js';

/**
 * Transformer block i on tokens [B, T, d], pre-norm:
 * x ← x + proj(attention(norm1(x))), then x ← x + fc2(gelu(fc1(norm2(x)))).
 */
export function block(params: Params, config: VitConfig, i: number, tokens: tf.Tensor3D, rng?: Generator): tf.Tensor3D {
  const rate = config.depth > 1 ? (config.dropPathRate * i) / (config.depth - 1) : 0;
  return tf.tidy(() => {
    const { q, k, v } = queriesKeysValues(params, config, i, tokens);
    const heads = attention(q, k, v, headScale(config)); // [B, h, T, dh]
    const merged = tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), tokens.shape);
    const attended = tf.add(tokens, dropPath(layer(params, `blocks.${i}.attn.proj`, merged), rate, rng));
    const hidden = layer(params, `blocks.${i}.mlp.fc1`, norm(params, config, `blocks.${i}.norm2`, attended));
    const fc2 = (name: string) => parameter(params, `blocks.${i}.mlp.fc2.${name}`);
    const mixed = geluLinear(hidden, fc2('weight'), fc2('bias'));
    return tf.add(attended, dropPath(mixed, rate, rng)) as tf.Tensor3D;
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
    const { q, k } = queriesKeysValues(params, config, i, tokens);
    return attentionWeights(q, k, headScale(config)) as tf.Tensor4D;
  });
}

/** Layer normalisation with the parameters called `name`. */
export function norm(params: Params, config: VitConfig, name: string, x: tf.Tensor): tf.Tensor {
  return layerNorm(x, parameter(params, `${name}.weight`), parameter(params, `${name}.bias`), config.layerNormEpsilon);
}

const headScale = ({ embedDim, numHeads }: VitConfig) => (embedDim / numHeads) ** -0.5;

const layer = (params: Params, name: string, x: tf.Tensor) =>
  linear(x, parameter(params, `${name}.weight`), params[`${name}.bias`]);

/** The output of `qkv` is q, k, v one after another, each head by head. */
function queriesKeysValues(params: Params, config: VitConfig, i: number, tokens: tf.Tensor3D) {
  const [batch, length, dim] = tokens.shape;
  const { numHeads } = config;
  const qkv = layer(params, `blocks.${i}.attn.qkv`, norm(params, config, `blocks.${i}.norm1`, tokens));
  const split = tf.transpose(tf.reshape(qkv, [batch, length, 3, numHeads, dim / numHeads]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(split) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  return { q, k, v };
}
