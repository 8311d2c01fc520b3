import { Generator, type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeGolden, type Golden, onBackends } from '../../../test-support/golden.js';
import { fromStateDict, initVit, positionEmbedding, toStateDict, type VitConfig, vitForward } from '../src/index.js';

const config: VitConfig = {
  imageSize: 32,
  patchSize: 8,
  embedDim: 48,
  depth: 3,
  numHeads: 3,
  mlpRatio: 4,
  qkvBias: true,
  dropPathRate: 0,
  layerNormEpsilon: 1e-6,
};

/** Golden images are [B,3,H,W]. */
const images = (golden: Golden, key: string) =>
  tf.tidy(() => tf.transpose(golden.tensor(key), [0, 2, 3, 1]) as tf.Tensor4D);

function weights(golden: Golden): Params {
  const dict = new Map(
    golden.keys.filter((key) => key.startsWith('w/')).map((key) => [key.slice(2), golden.host(key)]),
  );
  const expected = initVit(config, Generator.fromSeed(0));
  const params = fromStateDict(dict, expected);
  tf.dispose(expected);
  return params;
}

async function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance: number, what: string) {
  const values = await actual.data();
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(values[i]! - expected[i]!));
  expect(values.length, what).toBe(expected.length);
  expect(worst, what).toBeLessThanOrEqual(tolerance);
}

for (const name of ['vit-tiny-fwd-bwd', 'vit-tiny-fwd-bwd-perturbed']) {
  describeGolden(name, (golden) => {
    onBackends(['cpu', 'onnxruntime'], () => {
      it('computes tokens, intermediate layers and attention', async () => {
        const params = weights(golden);
        const x = images(golden, 'x');
        const output = vitForward(params, config, x, { lastBlocks: 2, returnAttention: true, returnHidden: true });
        const compare = (tensor: tf.Tensor, key: string) =>
          expectClose(tensor, golden.host(key).data as Float32Array, 10 * golden.json.f32_vs_f64.tokens, key);
        await compare(output.hidden![0]!, 'prepare_tokens');
        await compare(output.hidden![1]!, 'block0');
        await compare(output.tokens, 'tokens');
        await compare(output.cls, 'cls');
        await compare(output.intermediate![0]!, 'intermediate/0');
        await compare(output.intermediate![1]!, 'intermediate/1');
        await compare(output.attention!, 'last_attention');
        tf.dispose([params, x, output]);
      });

      it('interpolates the position embedding for other resolutions', async () => {
        const params = weights(golden);
        for (const [height, width] of [
          [40, 56],
          [64, 64],
          [24, 24],
          [16, 64],
          [72, 32],
        ] as const) {
          const key = `res_${height}x${width}`;
          const x = images(golden, `${key}/x`);
          const position = positionEmbedding(params, height / 8, width / 8);
          const { tokens, cls } = vitForward(params, config, x);
          await expectClose(position, golden.host(`${key}/pos_embed`).data as Float32Array, 2e-6, `${key} positions`);
          const allowed = 10 * golden.json.f32_vs_f64.tokens;
          await expectClose(tokens, golden.host(`${key}/tokens`).data as Float32Array, allowed, `${key} tokens`);
          tf.dispose([x, position, tokens, cls]);
        }
        tf.dispose(params);
      });

      it('has the gradients of every parameter and of the image', async () => {
        const params = weights(golden);
        const [x, cotangent] = [images(golden, 'x'), golden.tensor('R')];
        const before = tf.memory().numTensors;
        const { value, grads } = valueAndGrads(
          ({ x, ...params }) => {
            const { tokens } = vitForward(params, config, x as tf.Tensor4D);
            return { loss: tf.sum(tf.mul(tokens, cotangent)), aux: {} };
          },
          { ...params, x },
        );
        expect(tf.memory().numTensors - before).toBe(1 + Object.keys(params).length + 1);
        const { x: gradX, ...gradParams } = grads;
        const dict = await toStateDict(gradParams);
        const norms = golden.json.grad_norm as Record<string, number>;
        for (const [parameter, { data }] of dict) {
          const norm = Math.hypot(...(data as Float32Array));
          // The key bias has no influence on the softmax; its gradient is rounding noise.
          if (!parameter.endsWith('qkv.bias')) {
            expect(Math.abs(norm - norms[parameter]!) / norms[parameter]!, parameter).toBeLessThan(1e-4);
          }
          if (!golden.keys.includes(`g/${parameter}`)) continue;
          const expected = golden.host(`g/${parameter}`).data as Float32Array;
          const worst = expected.reduce((max, v, i) => Math.max(max, Math.abs(v - (data[i] as number))), 0);
          const allowed = 10 * golden.json.f32_vs_f64.grads[parameter].maxabs_err;
          expect(worst, parameter).toBeLessThanOrEqual(allowed);
        }
        const nchw = tf.transpose(gradX!, [0, 3, 1, 2]);
        const allowed = 10 * golden.json.f32_vs_f64.grad_x;
        await expectClose(nchw, golden.host('grad_x').data as Float32Array, allowed, 'grad_x');
        tf.dispose([params, x, cotangent, value, grads, nchw]);
      });
    });
  });
}
