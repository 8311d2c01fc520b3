// Memory and time of the memory bank: every object of 8 images searched for in both banks, then stored; objects of 384 numbers.
//   node --conditions=@cribo/source --import tsx benchmarks/src/bank.ts [float32|float16] [images] [objects per image] [threads]

import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from '@cribo/backend-onnxruntime';
import { Generator, MemoryBank } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import { median } from './figures/median.js';

const [storage = 'float32', imagesText = '2000', objectsText = '64', threads] = process.argv.slice(2);
const [images, objectsPerImage, dim, batch] = [Number(imagesText), Number(objectsText), 384, 8];
const steps = 12;

const backend: OnnxRuntimeBackend = await registerOnnxRuntimeBackend(threads ? { threads: Number(threads) } : {});
await tf.setBackend('onnxruntime');
const rng = Generator.fromSeed(0);
const objects = rng.truncNormal([2, batch, objectsPerImage, dim]);
const valid = tf.ones([batch, objectsPerImage], 'bool');
const bank = new MemoryBank({
  images,
  objectsPerImage,
  dim,
  variant: 'released',
  rng,
  storage: storage === 'float16' ? 'float16' : 'float32',
});
const bankBytes = backend.stats().heldBytes;
const residentBefore = process.memoryUsage.rss();

const times: number[] = [];
const resident: number[] = [];
for (let step = 0; step < steps; step++) {
  const start = performance.now();
  const found = bank.query(objects, valid);
  bank.push(objects, valid);
  await found.similarity.data();
  tf.dispose(found as tf.TensorContainer);
  times.push(performance.now() - start);
  resident.push(process.memoryUsage.rss());
}
const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
console.log(
  JSON.stringify({
    storage,
    images,
    objectsPerImage,
    queries: 2 * batch * objectsPerImage,
    bankMiB: mib(bankBytes),
    residentBeforeMiB: mib(residentBefore),
    residentWhileSearchingMiB: mib(Math.max(...resident)),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    firstMs: Math.round(times[0]!),
    // The graph is compiled in the first step and, being large, once more in the second.
    medianMs: Math.round(median(times.slice(2))),
    sessionsCompiled: backend.stats().sessionsCompiled,
  }),
);
process.exit();
