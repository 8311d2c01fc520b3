import * as tf from '@tensorflow/tfjs-core';
import { distance, onBoth, values, withBackend } from './backend.js';
import { lossAndGradients } from './transformer-block.js';

/*
 * Run by webgpu.test.ts in a process of its own, because the graphics driver is chosen by the environment. Prints what was
 * seen as JSON, or why there is no adapter.
 */
const webgpu = { executionProviders: ['webgpu'] };

/** Largest difference from the reference backend in the loss and gradients of a transformer block. */
async function difference(options: object): Promise<number> {
  const { expected, actual } = await onBoth(lossAndGradients, { ...webgpu, ...options });
  return Math.max(...expected.map((array, i) => distance(actual[i]!, array)));
}

/** Bytes on the device after each of some steps that update a weight, and when everything has been disposed of. */
function bytesOfSteps(): Promise<{ steps: number[]; end: number }> {
  return withBackend(async (backend) => {
    let weight = values([64, 64]);
    const steps: number[] = [];
    for (let step = 0; step < 4; step++) {
      const { next, loss } = tf.tidy(() => {
        const y = tf.tanh(tf.matMul(weight as tf.Tensor2D, weight as tf.Tensor2D, true, false));
        return { next: tf.sub(weight, tf.mul(y, 0.1)), loss: tf.mean(y) };
      });
      weight.dispose();
      weight = next;
      await loss.data();
      loss.dispose();
      steps.push(backend.stats().deviceBytes);
    }
    // Released while another run is going on.
    const sum = tf.tidy(() => tf.sum(tf.square(weight)));
    const read = sum.data();
    weight.dispose();
    await read;
    sum.dispose();
    return { steps, end: backend.stats().deviceBytes };
  }, webgpu);
}

/** What is read of tensors of every dtype, large enough to be moved to the device or not, and after a reshape. */
function readings(): Promise<boolean> {
  return withBackend(async () => {
    const same: boolean[] = [];
    for (const size of [4, 6000]) {
      const whole = Int32Array.from({ length: size }, (_, i) => (i * 7) % 100);
      const x = tf.tensor1d(whole, 'int32');
      const flags = tf.greater(x, tf.scalar(50, 'int32'));
      const floats = tf.reshape(tf.cast(x, 'float32'), [2, size / 2]);
      const [a, b, c, d] = await Promise.all([x.data(), flags.data(), floats.data(), tf.add(floats, 1).data()]);
      same.push(whole.every((n, i) => a[i] === n && b[i] === Number(n > 50) && c[i] === n && d[i] === n + 1));
    }
    return same.every(Boolean);
  }, webgpu);
}

/** A mask of NaN, which graphics drivers may take to be absent. */
function nanMask(): Promise<number[]> {
  return withBackend(async () => [...(await tf.isNaN(tf.div(tf.zeros([3]), tf.tensor1d([0, 1, 0]))).data())], webgpu);
}

try {
  const ort = await import('onnxruntime-node');
  const direct = await difference({});
  console.log(
    JSON.stringify({
      direct,
      throughBinding: await difference({ ort }),
      bytes: await bytesOfSteps(),
      readings: await readings(),
      nanMask: await nanMask(),
    }),
  );
} catch (error) {
  console.log(`no adapter: ${(error as Error).message}`);
}
process.exit(0);
