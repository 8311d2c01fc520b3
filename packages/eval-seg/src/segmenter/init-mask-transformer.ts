import type { Generator, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { MaskTransformerConfig } from './mask-transformer.js';

/**
 * Fresh parameters of the mask transformer: linear weights and class embeddings from a normal distribution of std 0.02, the two
 * last projections of std 1/√d, biases 0, norms 1. Linear weights are `[in, out]`.
 *
 * @returns `cls_emb` [1, C, d], `dec_proj.*`, `layers.<i>.*`, `decoder_norm.*`, `patch_proj.weight`, `classes_proj.weight` and
 * `mask_norm.*`; they belong to the caller
 * @throws Error if the heads do not divide the width
 */
export function initMaskTransformer(config: MaskTransformerConfig, rng: Generator): Params {
  const { inDim, embedDim: d, depth, numHeads, mlpRatio, classes } = config;
  if (d % numHeads !== 0) throw new Error(`embedDim: got ${d}, wanted a multiple of numHeads (${numHeads})`);
  const hidden = Math.round(d * mlpRatio);
  const params: Params = {};
  const random = (name: string, shape: number[], std: number) => {
    params[name] = rng.split(name).truncNormal(shape, { std });
  };
  const linear = (name: string, inputs: number, outputs: number) => {
    random(`${name}.weight`, [inputs, outputs], 0.02);
    params[`${name}.bias`] = tf.zeros([outputs]);
  };
  const norm = (name: string, width: number) => {
    params[`${name}.weight`] = tf.ones([width]);
    params[`${name}.bias`] = tf.zeros([width]);
  };
  random('cls_emb', [1, classes, d], 0.02);
  linear('dec_proj', inDim, d);
  for (let i = 0; i < depth; i++) {
    norm(`layers.${i}.ln1`, d);
    linear(`layers.${i}.in_proj`, d, 3 * d);
    linear(`layers.${i}.out_proj`, d, d);
    norm(`layers.${i}.ln2`, d);
    linear(`layers.${i}.fc1`, d, hidden);
    linear(`layers.${i}.fc2`, hidden, d);
  }
  norm('decoder_norm', d);
  random('patch_proj.weight', [d, d], d ** -0.5);
  random('classes_proj.weight', [d, d], d ** -0.5);
  norm('mask_norm', classes);
  return params;
}
