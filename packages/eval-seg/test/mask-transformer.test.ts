import { Generator, type Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { initMaskTransformer, type MaskTransformerConfig, maskTransformer } from '../src/index.js';

const config: MaskTransformerConfig = {
  inDim: 6,
  embedDim: 8,
  depth: 2,
  numHeads: 2,
  mlpRatio: 4,
  classes: 3,
  dropPathRate: 0.5,
};

describe('maskTransformer', () => {
  onBackends(['cpu', 'onnxruntime'], () => {
    it('scores patches by their cosine with the classes, normalised over the classes', async () => {
      // Normalising a vector of two numbers over its width leaves their order: (1, -1) or (-1, 1).
      const identity = tf.tensor2d([1, 0, 0, 1], [2, 2]);
      const [ones, zeros] = [tf.ones([2]), tf.zeros([2])];
      const params: Params = {
        'dec_proj.weight': identity,
        'dec_proj.bias': zeros,
        cls_emb: tf.tensor3d([5, 9, 2, 0], [1, 2, 2]),
        'decoder_norm.weight': ones,
        'decoder_norm.bias': zeros,
        'patch_proj.weight': tf.mul(identity, 3),
        'classes_proj.weight': identity,
        'mask_norm.weight': tf.tensor1d([2, 2]),
        'mask_norm.bias': tf.tensor1d([0.5, 0.25]),
      };
      const tokens = tf.tensor3d([3, 1, -7, 4], [1, 2, 2]);
      const shape = { inDim: 2, embedDim: 2, depth: 0, numHeads: 1, mlpRatio: 4, classes: 2, dropPathRate: 0 };
      const output = maskTransformer(params, shape, tokens);
      const cosine = await output.cosine.data();
      const logits = await output.logits.data();
      [-1, 1, 1, -1].forEach((value, i) => {
        expect(cosine[i]).toBeCloseTo(value, 5);
      });
      [-1.5, 2.25, 2.5, -1.75].forEach((value, i) => {
        expect(logits[i]).toBeCloseTo(value, 4);
      });
      tf.dispose([params, tokens, output]);
    });

    it('has an output of every part, and treats patches and classes as sets', async () => {
      const before = tf.memory().numTensors;
      const rng = Generator.fromSeed(3);
      const params = initMaskTransformer(config, rng);
      const tokens = rng.uniformTensor([2, 5, 6]) as tf.Tensor3D;
      const output = maskTransformer(params, config, tokens);
      const { input, layers, normalized, patches, classes, cosine, logits } = output;
      expect([input, ...layers, normalized, patches, classes, cosine, logits].map(({ shape }) => shape)).toEqual([
        [2, 8, 8],
        [2, 8, 8],
        [2, 8, 8],
        [2, 8, 8],
        [2, 5, 8],
        [2, 3, 8],
        [2, 5, 3],
        [2, 5, 3],
      ]);
      const reversed = tf.tidy(() =>
        maskTransformer({ ...params, cls_emb: tf.reverse(params.cls_emb!, 1) }, config, tf.reverse(tokens, 1)),
      );
      const mirrored = tf.reverse(logits, [1, 2]);
      const expected = await mirrored.data();
      const actual = await reversed.logits.data();
      expect(Math.max(...expected)).toBeGreaterThan(0.5);
      actual.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 3);
      });
      tf.dispose([params, tokens, output, reversed, mirrored]);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('drops branches of the last layer for whole images, and none without a generator', async () => {
      const params = initMaskTransformer(config, Generator.fromSeed(3));
      const tokens = Generator.fromSeed(4).uniformTensor([16, 5, 6]);
      const whole = maskTransformer(params, config, tokens);
      const dropped = maskTransformer(params, config, tokens, Generator.fromSeed(5));
      const [first, firstDropped] = [await whole.layers[0]!.data(), await dropped.layers[0]!.data()];
      expect(firstDropped).toEqual(first);
      const last = await dropped.layers[1]!.data();
      const each = 8 * 8;
      const same = Array.from({ length: 16 }, (_, i) =>
        last.slice(i * each, (i + 1) * each).every((value, j) => value === first[i * each + j]),
      );
      // Both branches are dropped for a quarter of the images.
      expect(same.filter(Boolean).length).toBeGreaterThan(0);
      expect(same.filter(Boolean).length).toBeLessThan(12);
      tf.dispose([params, tokens, whole, dropped]);
    });

    it('names what does not fit', () => {
      const before = tf.memory().numTensors;
      const params = initMaskTransformer(config, Generator.fromSeed(3));
      const tokens = tf.zeros([2, 5, 7]);
      expect(() => maskTransformer(params, config, tokens)).toThrow('tokens: got shape [2, 5, 7], wanted [*, *, 6]');
      const { cls_emb: embeddings, ...rest } = params;
      const right = tf.zeros([2, 5, 6]);
      expect(() => maskTransformer(rest, config, right)).toThrow('params: got no "cls_emb"');
      expect(() => initMaskTransformer({ ...config, numHeads: 3 }, Generator.fromSeed(0))).toThrow(
        'embedDim: got 8, wanted a multiple of numHeads (3)',
      );
      tf.dispose([params, embeddings!, tokens, right]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

onBackends(['cpu'], () => {
  describe('initMaskTransformer', () => {
    it('draws weights of std 0.02 and projections of std 1/√d from the seed', async () => {
      const wide = { ...config, embedDim: 64 };
      const [params, again] = [
        initMaskTransformer(wide, Generator.fromSeed(1)),
        initMaskTransformer(wide, Generator.fromSeed(1)),
      ];
      const deviation = async (name: string) => {
        const values = await params[name]!.data<'float32'>();
        expect(await again[name]!.data()).toEqual(values);
        return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      };
      for (const name of ['cls_emb', 'layers.1.in_proj.weight', 'layers.0.fc2.weight']) {
        expect(Math.abs((await deviation(name)) / 0.02 - 1)).toBeLessThan(0.15);
      }
      for (const name of ['patch_proj.weight', 'classes_proj.weight']) {
        expect(Math.abs((await deviation(name)) * 8 - 1)).toBeLessThan(0.1);
      }
      expect(await params['layers.0.fc1.bias']!.data()).toEqual(new Float32Array(256));
      expect(await params['mask_norm.weight']!.data()).toEqual(new Float32Array(3).fill(1));
      tf.dispose([params, again]);
    });
  });
});
