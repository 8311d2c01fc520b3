import { Generator, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { type BackendName, useBackend } from '../../../test-support/golden.js';
import { initVit, vitConfig, vitForward } from '../src/index.js';

const backend = (process.env.CRIBO_BENCH_BACKEND ?? 'onnxruntime') as BackendName;
await useBackend(backend);

describe(`ViT-Ti/16, 4 images of 112 px on ${backend}`, () => {
  const config = vitConfig('vit_tiny', { imageSize: 112, dropPathRate: 0.1 });
  const rng = Generator.fromSeed(0);
  const params = initVit(config, rng);
  const images = rng.uniformTensor([4, 112, 112, 3]) as tf.Tensor4D;

  bench(
    'forward',
    async () => {
      const { tokens, cls } = vitForward(params, config, images);
      await tokens.data();
      tf.dispose([tokens, cls]);
    },
    { time: 3000 },
  );

  bench(
    'forward and backward with stochastic depth',
    async () => {
      const { value, grads } = valueAndGrads(
        (p) => ({ loss: tf.mean(tf.square(vitForward(p, config, images, { dropPath: rng }).tokens)), aux: {} }),
        params,
      );
      await Promise.all([value, ...Object.values(grads)].map((tensor) => tensor.data()));
      tf.dispose([value, grads]);
    },
    { time: 3000 },
  );
});
