import { Generator, type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { initVit, type VitConfig, type VitOptions, vitConfig, vitForward } from '../src/index.js';
import { expectCloseTo } from './compare.js';

const tiny: VitConfig = vitConfig('vit_tiny', {
  imageSize: 8,
  patchSize: 4,
  embedDim: 8,
  depth: 3,
  numHeads: 2,
  mlpRatio: 2,
});
const rng = Generator.fromSeed(0);
const randomImages = (count: number) => rng.split('images').uniformTensor([count, 8, 8, 3]) as tf.Tensor4D;

/** A loss that weighs every entry of `x` differently. */
const weigh = (x: tf.Tensor) => tf.sum(tf.mul(x, rng.split('weights').uniformTensor(x.shape)));

/** Loss, gradients and tokens of a transformer, on the host. */
async function passes(config: VitConfig, options: VitOptions, extra?: tf.Tensor): Promise<Record<string, Uint8Array>> {
  const params: Params = { ...initVit(config, rng), ...(extra && { extra }) };
  const images = randomImages(6);
  const { value, grads, aux } = valueAndGrads(({ extra, ...p }) => {
    const { tokens } = vitForward(p, config, images, { ...options, ...(extra && { extraTokens: extra }) });
    return { loss: weigh(tokens), aux: { tokens } };
  }, params);
  const results = await Promise.all(
    Object.entries({ value, ...aux, ...grads }).map(
      async ([name, tensor]) => [name, bits(await tensor.data())] as const,
    ),
  );
  tf.dispose([params, images, value, grads, aux]);
  return Object.fromEntries(results);
}

const bits = ({ buffer, byteOffset, byteLength }: tf.TypedArray) => new Uint8Array(buffer, byteOffset, byteLength);

onBackends(['cpu', 'onnxruntime'], () => {
  describe('recomputation', () => {
    const cases: Record<string, { config: VitConfig; options?: () => VitOptions; extra?: true }> = {
      'a plain transformer': { config: tiny },
      'a transformer without biases of q, k and v': { config: { ...tiny, qkvBias: false } },
      'stochastic depth': {
        config: { ...tiny, dropPathRate: 0.6 },
        options: () => ({ dropPath: Generator.fromSeed(5) }),
      },
      'extra tokens': { config: tiny, extra: true },
    };
    it.each(Object.entries(cases))(
      'has the tokens and gradients of %s in every bit',
      async (_, { config, options, extra }) => {
        const extraTokens = () => (extra ? rng.split('extra').uniformTensor([3, 8]) : undefined);
        const kept = await passes(config, { ...options?.() }, extraTokens());
        const recomputed = await passes(config, { ...options?.(), recompute: true }, extraTokens());
        expect(Object.keys(kept).length).toBe(2 + Object.keys(initVit(config, rng)).length + (extra ? 1 : 0));
        expect(recomputed).toEqual(kept);
      },
    );

    it('returns the same hidden and intermediate tokens and attention', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages(2);
      const run = async (recompute: boolean) => {
        const output = vitForward(params, tiny, images, {
          lastBlocks: 2,
          returnHidden: true,
          returnAttention: true,
          recompute,
        });
        const { tokens, cls, intermediate, attention, hidden } = output;
        const values = [tokens, cls, ...intermediate!, attention!, ...hidden!].map((x) => x.data());
        return Promise.all(values);
      };
      const kept = await run(false);
      expect(kept.length).toBe(2 + 2 + 1 + 4);
      expect(await run(true)).toEqual(kept);
      tf.dispose([params, images]);
    });

    it('passes a gradient on that arrives between the blocks', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages(2);
      const run = (recompute: boolean) =>
        valueAndGrads((p) => {
          const { hidden } = vitForward(p, tiny, images, { returnHidden: true, recompute });
          return { loss: tf.addN(hidden!.map((tokens, i) => tf.mul(weigh(tokens), i + 1))), aux: {} };
        }, params).grads;
      const [kept, recomputed] = [run(false), run(true)];
      expect(Object.keys(recomputed).sort()).toEqual(Object.keys(kept).sort());
      // The sum of the gradients of several uses is rounded in another order.
      for (const name in kept) await expectCloseTo(recomputed[name]!, await kept[name]!.data(), 1e-6, name);
      tf.dispose([params, images, kept, recomputed]);
    });

    it('differentiates for some of the parameters', async () => {
      const params = initVit(tiny, rng);
      const images = randomImages(2);
      const some = ['blocks.1.mlp.fc1.bias', 'norm.weight'];
      const trained = Object.fromEntries(some.map((name) => [name, params[name]!]));
      const run = (recompute: boolean) =>
        valueAndGrads((p) => {
          const { tokens } = vitForward({ ...params, ...p }, tiny, images, { recompute });
          return { loss: weigh(tokens), aux: {} };
        }, trained).grads;
      const [kept, recomputed] = [run(false), run(true)];
      expect(Object.keys(recomputed)).toEqual(some);
      for (const name of some) expect(await recomputed[name]!.data()).toEqual(await kept[name]!.data());
      tf.dispose([params, images, kept, recomputed]);
    });

    it('keeps little but the tokens between the blocks for the gradient', () => {
      const params = initVit(tiny, rng);
      const images = randomImages(64);
      const keptBytes = (recompute: boolean) => {
        let bytes = 0;
        const before = tf.memory().numBytes;
        const { value, grads } = valueAndGrads((p) => {
          const loss = tf.mean(vitForward(p, tiny, images, { recompute }).tokens);
          bytes = tf.memory().numBytes - before;
          return { loss, aux: {} };
        }, params);
        tf.dispose([value, grads]);
        return bytes;
      };
      expect(keptBytes(true)).toBeLessThan(keptBytes(false) / 2.9);
      tf.dispose([params, images]);
    });

    it('leaves no tensors behind', () => {
      const params = initVit(tiny, rng);
      const images = randomImages(2);
      const options = { recompute: true, dropPath: rng.split('drop') };
      const config = { ...tiny, dropPathRate: 0.5 };
      const before = tf.memory().numTensors;
      tf.dispose(vitForward(params, config, images, options));
      expect(tf.memory().numTensors).toBe(before);
      const { value, grads } = valueAndGrads(
        (p) => ({ loss: tf.mean(vitForward(p, config, images, options).tokens), aux: {} }),
        params,
      );
      tf.dispose([value, grads]);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([params, images]);
    });

    it('names a missing parameter', () => {
      const { 'blocks.1.mlp.fc2.weight': missing, ...params } = initVit(tiny, rng);
      expect(() => vitForward(params, tiny, randomImages(1), { recompute: true })).toThrow(
        'params: got no "blocks.1.mlp.fc2.weight"',
      );
      tf.dispose([missing!, params]);
    });
  });
});
