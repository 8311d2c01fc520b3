import { Generator, readSafetensors, writeSafetensors } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { fromStateDict, initProjectionHead, initVit, prefixed, toStateDict, vitConfig } from '../src/index.js';

const config = vitConfig('vit_tiny', { imageSize: 4, patchSize: 2, embedDim: 4, depth: 1, numHeads: 2 });
const network = () => initVit(config, Generator.fromSeed(0));

onBackends(['cpu', 'onnxruntime'], () => {
  it('transposes linear weights to [out, in] and back', async () => {
    const params = { 'fc.weight': tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]) };
    const dict = await toStateDict(params);
    expect(dict.get('fc.weight')).toMatchObject({ shape: [3, 2], data: Float32Array.from([1, 4, 2, 5, 3, 6]) });
    const back = fromStateDict(dict, params)['fc.weight']!;
    expect([back.shape, ...(await back.data())]).toEqual([[2, 3], 1, 2, 3, 4, 5, 6]);
  });

  it('writes the patch projection as a convolution [d, 3, p, p]', async () => {
    // Rows are (y, x, channel): the entry of row (1, 0, channel 2) of a 2 px patch is at [0, 2, 1, 0].
    const weight = new Float32Array(12);
    weight[(1 * 2 + 0) * 3 + 2] = 1;
    const dict = await toStateDict({ 'patch_embed.proj.weight': tf.tensor2d(weight, [12, 1]) });
    const { shape, data } = dict.get('patch_embed.proj.weight')!;
    expect(shape).toEqual([1, 3, 2, 2]);
    expect([...data].indexOf(1)).toBe(2 * 4 + 1 * 2 + 0);
  });

  it('carries a whole network with prefixes through a safetensors file', async () => {
    const head = { inDim: 4, hiddenDim: 6, bottleneckDim: 3, outDim: 5, objectOutDim: 2, normLastLayer: false };
    const params = {
      ...prefixed(network(), 'backbone.'),
      ...prefixed(initProjectionHead(head, Generator.fromSeed(1)), 'head.'),
    };
    const { tensors } = readSafetensors(writeSafetensors(await toStateDict(params)));
    const loaded = fromStateDict(tensors, params);
    expect(Object.keys(loaded)).toEqual(Object.keys(params));
    for (const [name, tensor] of Object.entries(params)) {
      expect(loaded[name]!.shape, name).toEqual(tensor.shape);
      expect(await loaded[name]!.data(), name).toEqual(await tensor.data());
    }
    tf.dispose([params, loaded]);
  });

  it('refuses a checkpoint of another architecture in one sentence, and allocates nothing', async () => {
    const params = network();
    const dict = await toStateDict(params);
    const before = tf.memory().numTensors;
    const wider = new Map(dict).set('blocks.0.attn.qkv.weight', {
      dtype: 'F32',
      shape: [24, 8],
      data: new Float32Array(192),
    });
    expect(() => fromStateDict(wider, params)).toThrow(
      /^state dict: got "blocks\.0\.attn\.qkv\.weight" with shape \[24, 8\], wanted \[12, 4\]; .*another architecture$/,
    );
    const missing = new Map(dict);
    missing.delete('norm.bias');
    expect(() => fromStateDict(missing, params)).toThrow('state dict: got no "norm.bias", wanted it with shape [4]');
    const deeper = new Map(dict).set('blocks.1.norm1.bias', { dtype: 'F32', shape: [4], data: new Float32Array(4) });
    expect(() => fromStateDict(deeper, params)).toThrow('state dict: got "blocks.1.norm1.bias"');
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(params);
  });
});
