import { attention, gelu, layerNorm, linear, softmaxCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { type BackendName, useBackend } from '../../../test-support/golden.js';

// One block's tensors of ViT-S/16 on two images of 224 px; `cpu` is too slow for them.
const [rows, dim, hidden] = [2 * 197, 384, 1536];
const backend = (process.env.CRIBO_BENCH_BACKEND ?? 'onnxruntime') as BackendName;
await useBackend(backend);

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Value and gradients of the op as it stands here and of the same composed of TensorFlow.js ops. */
function compare(name: string, inputs: tf.Tensor[], ours: Op, composed: Op): void {
  describe(`${name}, forward and backward on ${backend}`, () => {
    const run = (op: Op) => async () => {
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => tf.sum(op(...xs)) as tf.Scalar)(inputs);
      await Promise.all([value, ...grads].map((tensor) => tensor.data()));
      tf.dispose([value, grads]);
    };
    bench('closed form', run(ours), { time: 1500 });
    bench('composed', run(composed), { time: 1500 });
  });
}

compare(
  'linear',
  [normal([2, 197, dim], 1), normal([dim, hidden], 2), normal([hidden], 3)],
  (x, w, b) => linear(x!, w!, b!),
  (x, w, b) => tf.add(tf.matMul(tf.reshape(x!, [rows, dim]), w!), b!),
);
compare(
  'gelu',
  [normal([rows, hidden], 1)],
  (x) => gelu(x!),
  (x) => tf.mul(x!, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x!, Math.SQRT1_2))))),
);
compare(
  'layerNorm',
  [normal([rows, dim], 1), normal([dim], 2), normal([dim], 3)],
  (x, gamma, beta) => layerNorm(x!, gamma!, beta!),
  (x, gamma, beta) => {
    const { mean, variance } = tf.moments(x!, -1, true);
    return tf.add(tf.mul(tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-6))), gamma!), beta!);
  },
);
compare(
  'attention',
  [normal([2, 6, 197, 64], 1), normal([2, 6, 197, 64], 2), normal([2, 6, 197, 64], 3)],
  (q, k, v) => attention(q!, k!, v!, 0.125),
  (q, k, v) => tf.matMul(tf.softmax(tf.mul(tf.matMul(q!, k!, false, true), 0.125)), v!),
);
const targets = tf.softmax(normal([64, 8192], 2));
compare(
  'softmaxCrossEntropy',
  [normal([64, 8192], 1)],
  (logits) => softmaxCrossEntropy(logits!, targets),
  (logits) => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits!)), -1)),
);
