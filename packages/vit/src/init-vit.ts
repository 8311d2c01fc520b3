import type { Generator, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { VitConfig } from './config.js';

/**
 * Fresh parameters under timm/DINO names: weights and embeddings from a normal distribution of std 0.02 truncated at
 * ±2, biases 0, norms 1. Linear weights are `[in, out]`; `patch_embed.proj.weight` is `[p·p·3, d]`, rows ordered
 * (y, x, channel).
 */
export function initVit(config: VitConfig, rng: Generator): Params {
  const { embedDim: d, patchSize, imageSize, depth, mlpRatio, qkvBias } = config;
  const hidden = Math.round(d * mlpRatio);
  const patches = (imageSize / patchSize) ** 2;
  const params: Params = {};
  const random = (name: string, shape: number[]) => {
    params[name] = rng.split(name).truncNormal(shape);
  };
  const linear = (name: string, inputs: number, outputs: number, bias = true) => {
    random(`${name}.weight`, [inputs, outputs]);
    if (bias) params[`${name}.bias`] = tf.zeros([outputs]);
  };
  const norm = (name: string) => {
    params[`${name}.weight`] = tf.ones([d]);
    params[`${name}.bias`] = tf.zeros([d]);
  };
  random('cls_token', [1, 1, d]);
  random('pos_embed', [1, 1 + patches, d]);
  linear('patch_embed.proj', patchSize * patchSize * 3, d);
  for (let i = 0; i < depth; i++) {
    norm(`blocks.${i}.norm1`);
    linear(`blocks.${i}.attn.qkv`, d, 3 * d, qkvBias);
    linear(`blocks.${i}.attn.proj`, d, d);
    norm(`blocks.${i}.norm2`);
    linear(`blocks.${i}.mlp.fc1`, d, hidden);
    linear(`blocks.${i}.mlp.fc2`, hidden, d);
  }
  norm('norm');
  return params;
}
