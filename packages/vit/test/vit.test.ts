import { Generator, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { addBranch } from '../src/drop-path.js';
import { initVit, prefixed, unprefixed, type VitConfig, vitConfig, vitForward } from '../src/index.js';
import { expectCloseTo } from './compare.js';

const tiny: VitConfig = vitConfig('vit_tiny', {
  imageSize: 8,
  patchSize: 4,
  embedDim: 8,
  depth: 2,
  numHeads: 2,
  mlpRatio: 2,
});
const rng = Generator.fromSeed(0);
const randomImages = (shape: [number, number, number, number]) =>
  rng.split(shape.join()).uniformTensor(shape) as tf.Tensor4D;

describe('vitConfig', () => {
  it('knows the widths of ViT-Ti, ViT-S and ViT-B', () => {
    const widths = (['vit_tiny', 'vit_small', 'vit_base'] as const).map((arch) => {
      const { embedDim, numHeads, depth } = vitConfig(arch);
      return [embedDim, numHeads, depth];
    });
    expect(widths).toEqual([
      [192, 3, 12],
      [384, 6, 12],
      [768, 12, 12],
    ]);
  });

  it('names sizes that do not fit together', () => {
    expect(() => vitConfig('vit_tiny', { numHeads: 5 })).toThrow(
      'embedDim: got 192, wanted a multiple of numHeads (5)',
    );
    expect(() => vitConfig('vit_tiny', { imageSize: 100 })).toThrow(
      'imageSize: got 100, wanted a multiple of patchSize',
    );
  });
});

onBackends(['onnxruntime'], () => {
  const sizes = [
    ['vit_tiny', 16, 5_524_416],
    ['vit_tiny', 8, 5_526_720],
    ['vit_small', 16, 21_665_664],
    ['vit_small', 8, 21_670_272],
    ['vit_base', 16, 85_798_656],
    ['vit_base', 8, 85_807_872],
  ] as const;
  for (const [arch, patchSize, total] of sizes) {
    it(`${arch}, patch ${patchSize}: has as many parameters as that of timm, and tokens of its width`, async () => {
      // One of the 12 blocks is enough to tell.
      const config = vitConfig(arch, { patchSize, depth: 1 });
      const dim = config.embedDim;
      const params = initVit(config, rng);
      const count = Object.values(params).reduce((sum, { size }) => sum + size, 0);
      expect(count + 11 * (12 * dim * dim + 13 * dim)).toBe(total);
      const images = randomImages([1, 32, 48, 3]);
      const { tokens, cls } = vitForward(params, config, images);
      expect(tokens.shape).toEqual([1, 1 + (32 * 48) / patchSize ** 2, dim]);
      expect((await cls.data()).every(Number.isFinite)).toBe(true);
      tf.dispose([params, images, tokens, cls]);
    });
  }
});

onBackends(['cpu', 'onnxruntime'], () => {
  describe('initVit', () => {
    it('draws weights with std 0.02, biases 0 and norms 1, repeatably', async () => {
      const [a, b] = [
        initVit(vitConfig('vit_tiny', { depth: 1 }), rng),
        initVit(vitConfig('vit_tiny', { depth: 1 }), rng),
      ];
      const weight = a['blocks.0.mlp.fc1.weight']!;
      expect(weight.shape).toEqual([192, 768]);
      await expectCloseTo(tf.sqrt(tf.mean(tf.square(weight))), [0.02], 2e-4);
      await expectCloseTo(a['blocks.0.mlp.fc1.bias']!, new Array(768).fill(0), 0);
      await expectCloseTo(a['norm.weight']!, new Array(192).fill(1), 0);
      await expectCloseTo(weight, await b['blocks.0.mlp.fc1.weight']!.data(), 0);
      tf.dispose([a, b]);
    });
  });

  describe('vitForward', () => {
    it('gives each image the tokens it has alone', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages([3, 8, 8, 3]);
      const together = vitForward(params, tiny, images).tokens;
      const alone = vitForward(params, tiny, tf.slice(images, [1, 0, 0, 0], [1, 8, 8, 3])).tokens;
      expect(together.shape).toEqual([3, 5, 8]);
      await expectCloseTo(tf.slice(together, [1, 0, 0], [1, 5, 8]), await alone.data(), 1e-6);
    });

    it('takes any multiple of the patch and keeps nothing but its output', () => {
      const params = initVit(tiny, rng);
      const images = randomImages([1, 12, 20, 3]);
      const before = tf.memory().numTensors;
      const output = vitForward(params, tiny, images, { lastBlocks: 2, returnAttention: true });
      expect(output.tokens.shape).toEqual([1, 1 + 3 * 5, 8]);
      expect(output.cls.shape).toEqual([1, 8]);
      expect(output.intermediate!.map(({ shape }) => shape)).toEqual([
        [1, 16, 8],
        [1, 16, 8],
      ]);
      expect(output.attention!.shape).toEqual([1, 2, 16, 16]);
      tf.dispose(output as unknown as tf.TensorContainer);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('puts extra tokens behind the patches, where they see all others and pass their gradient on', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages([2, 8, 8, 3]);
      const extra = rng.split('extra').uniformTensor([3, 8]);
      const { tokens, cls } = vitForward(params, tiny, images, { extraTokens: extra });
      expect([tokens.shape, cls.shape]).toEqual([
        [2, 1 + 4 + 3, 8],
        [2, 8],
      ]);
      // Equal extra tokens stay equal, and none at all are as good as no option.
      const twins = vitForward(params, tiny, images, { extraTokens: tf.ones([2, 8]) }).tokens;
      await expectCloseTo(
        tf.slice(twins, [0, 5, 0], [2, 1, 8]),
        await tf.slice(twins, [0, 6, 0], [2, 1, 8]).data(),
        1e-6,
      );
      const none = vitForward(params, tiny, images, { extraTokens: tf.zeros([0, 8]) }).tokens;
      await expectCloseTo(none, await vitForward(params, tiny, images).tokens.data(), 0);

      const weights = rng.split('weights').uniformTensor([2, 8, 8]);
      const run = (values: tf.Tensor) => vitForward(params, tiny, images, { extraTokens: values }).tokens;
      const patches = (all: tf.Tensor) => tf.slice(all, [0, 1, 0], [2, 4, 8]);
      const change = tf.max(tf.abs(tf.sub(patches(run(extra)), patches(run(tf.neg(extra))))));
      expect((await change.data())[0]).toBeGreaterThan(1e-4);

      const sumAt = (values: tf.Tensor) => tf.sum(tf.mul(run(values), weights));
      const { value, grads } = valueAndGrads(({ extra }) => ({ loss: sumAt(extra!), aux: {} }), { extra });
      const gradient = await grads.extra!.data();
      const at = 11;
      const moved = async (by: number) => {
        const values = Float32Array.from(await extra.data());
        values[at]! += by;
        return (await sumAt(tf.tensor2d(values, [3, 8])).data())[0]!;
      };
      const slope = ((await moved(0.02)) - (await moved(-0.02))) / 0.04;
      expect(Math.abs(slope - gradient[at]!)).toBeLessThan(0.02 * Math.max(...gradient.map(Math.abs)));
      expect(Math.abs(gradient[at]!)).toBeGreaterThan(0);
      tf.dispose([value, grads]);
      expect(() => vitForward(params, tiny, images, { extraTokens: tf.ones([2, 7]) })).toThrow(
        'extraTokens: got shape [2, 7], wanted [*, 8]',
      );
    });

    it('keeps nothing of the extra tokens but its output', () => {
      const params = initVit(tiny, rng);
      const images = randomImages([1, 8, 8, 3]);
      const extra = tf.ones([3, 8]);
      const before = tf.memory().numTensors;
      tf.dispose(vitForward(params, tiny, images, { extraTokens: extra }));
      expect(tf.memory().numTensors).toBe(before);
    });

    it('names images that do not fit', () => {
      const params = initVit(tiny, rng);
      expect(() => vitForward(params, tiny, tf.zeros([1, 8, 10, 3]))).toThrow(
        'images: got 8×10 pixels, wanted multiples of the patch size 4',
      );
      expect(() => vitForward(params, tiny, tf.zeros([1, 8, 8, 1]))).toThrow('images: got shape [1, 8, 8, 1]');
    });
  });

  describe('stochastic depth', () => {
    it('zeroes whole samples and scales the others, so that the mean stays', async () => {
      const x = tf.zeros([4000, 2, 3]);
      const values = await addBranch(x, tf.onesLike, 0.25, Generator.fromSeed(1)).data();
      let kept = 0;
      for (let sample = 0; sample < 4000; sample++) {
        const branch = values.slice(sample * 6, sample * 6 + 6);
        expect(new Set(branch).size).toBe(1);
        expect([0, Math.fround(1 / 0.75)]).toContain(branch[0]);
        if (branch[0] !== 0) kept++;
      }
      expect(Math.abs(kept / 4000 - 0.75)).toBeLessThan(0.03);
    });

    it('computes the branch of a large input for few samples more than it keeps, with the same values and gradients', async () => {
      const [batch, width] = [16, 2 ** 16];
      const seeds = Array.from({ length: 12 }, (_, seed) => seed);
      const computed = new Set<number>();
      for (const rate of [0.15, 0.9]) {
        for (const seed of seeds) {
          const draws = Generator.fromSeed(seed);
          const scales = Array.from({ length: batch }, () => (draws.bernoulli(rate) ? 0 : 1 / (1 - rate)));
          const kept = scales.filter((scale) => scale !== 0).length;
          const x = tf.tidy(() => tf.tile(tf.reshape(tf.mul(tf.range(1, batch + 1), 0.125), [batch, 1]), [1, width]));
          const before = tf.memory().numTensors;
          const run = (x: tf.Tensor) => {
            const branch = (some: tf.Tensor) => {
              computed.add(some.shape[0]!);
              expect(some.shape[0]).toBe(Math.max(kept, 12));
              return tf.square(some);
            };
            return addBranch(x, branch, rate, Generator.fromSeed(seed));
          };
          const { value, grad } = tf.valueAndGrad(run)(x);
          expect(tf.memory().numTensors).toBe(before + 2);
          const column = async (tensor: tf.Tensor) => (await tensor.data()).filter((_, i) => i % width === width - 1);
          const inputs = scales.map((_, i) => (i + 1) / 8);
          const [values, slopes] = [await column(value), await column(grad)];
          inputs.forEach((input, i) => {
            expect(values[i]).toBeCloseTo(input + scales[i]! * input ** 2, 5);
            expect(slopes[i]).toBeCloseTo(1 + scales[i]! * 2 * input, 5);
          });
          tf.dispose([x, value, grad]);
        }
      }
      // None of the four samples that may be left out, some, and all of them.
      expect([...computed].sort((a, b) => a - b)).toEqual([12, 13, 14, 15, 16]);
    });

    it('is off without a generator', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages([2, 8, 8, 3]);
      const plain = vitForward(params, tiny, images).tokens;
      const same = vitForward(params, { ...tiny, dropPathRate: 0.9 }, images).tokens;
      await expectCloseTo(same, await plain.data(), 0);
    });

    it('never drops the first block and drops the last one at the full rate', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages([2, 8, 8, 3]);
      const config = { ...tiny, dropPathRate: 1 };
      const { hidden } = vitForward(params, config, images, { dropPath: Generator.fromSeed(1), returnHidden: true });
      const plain = vitForward(params, tiny, images, { returnHidden: true });
      await expectCloseTo(hidden![1]!, await plain.hidden![1]!.data(), 0);
      await expectCloseTo(hidden![2]!, await plain.hidden![1]!.data(), 0);
    });

    it('drops the same samples for the same generator', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages([8, 8, 8, 3]);
      const run = (seed: number) =>
        vitForward(params, { ...tiny, dropPathRate: 0.5 }, images, {
          dropPath: Generator.fromSeed(seed),
        }).tokens.data();
      expect(await run(1)).toEqual(await run(1));
      expect(await run(1)).not.toEqual(await run(2));
    });
  });

  it('prefixes of parameter names are put on and taken off', () => {
    const params = { a: tf.scalar(1), b: tf.scalar(2) };
    const whole = { ...prefixed(params, 'backbone.'), ...prefixed(params, 'head.') };
    expect(Object.keys(whole)).toEqual(['backbone.a', 'backbone.b', 'head.a', 'head.b']);
    expect(unprefixed(whole, 'head.')).toEqual(params);
  });
});
