import { registerOnnxRuntimeBackend } from '@cribo/backend-onnxruntime';
import { Generator, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { initVit, vitConfig, vitForward } from '../src/index.js';

/*
 * Time and peak memory of the forward and backward pass of a ViT-S/16 on views of 224 px, with and without recomputation.
 * Peak memory is that of the process, so every figure needs a process of its own:
 *   node --conditions=@cribo/source --import tsx packages/vit/bench/recompute.ts keep|recompute [views] [steps]
 */

const [mode = 'keep', views = '16', steps = '4'] = process.argv.slice(2);
const recompute = mode === 'recompute';

await registerOnnxRuntimeBackend();
await tf.setBackend('onnxruntime');
const config = vitConfig('vit_small', { dropPathRate: 0.1 });
const rng = Generator.fromSeed(0);
const params = initVit(config, rng);
const images = rng.uniformTensor([Number(views), 224, 224, 3]) as tf.Tensor4D;

const peakMiB = () => (process.resourceUsage().maxRSS / 1024).toFixed(0);
console.log(`before the first step: peak RSS ${peakMiB()} MiB`);
for (let step = 1; step <= Number(steps); step++) {
  const start = performance.now();
  const dropPath = rng.split(step);
  const { value, grads } = valueAndGrads((p) => {
    const { tokens } = vitForward(p, config, images, { dropPath, recompute });
    return { loss: tf.mean(tf.square(tokens)), aux: {} };
  }, params);
  const norm = tf.tidy(() => tf.sqrt(tf.addN(Object.values(grads).map((grad) => tf.sum(tf.square(grad))))));
  const [[loss], [gradNorm]] = await Promise.all([value.data(), norm.data()]);
  tf.dispose([value, grads, norm]);
  console.log(
    `${mode}, ${views} views, step ${step}: ${((performance.now() - start) / 1000).toFixed(2)} s, ` +
      `peak RSS ${peakMiB()} MiB, loss ${loss}, gradient norm ${gradNorm}`,
  );
}
process.exit(); // ONNX Runtime keeps its threads alive
