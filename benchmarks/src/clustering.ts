// Time and memory of one joint clustering: 8 images, 32 clusters, tokens of 384 numbers.
//   node --conditions=@cribo/source --import tsx benchmarks/src/clustering.ts [backend] [patches per side] [variant] [nearest]
// backend: onnxruntime | cpu; variant: paper | released; nearest: grid | all-pairs.

import { registerOnnxRuntimeBackend } from '@cribo/backend-onnxruntime';
import { type ClusterOptions, clusterJointly, drawInitialIndices, Generator } from '@cribo/sinkhorn-cluster';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

const [backend = 'onnxruntime', sideText = '14', variant = 'paper', nearest = 'grid'] = process.argv.slice(2);
const side = Number(sideText);
const repeats = backend === 'cpu' ? 1 : 9;
const images = 8;
const clusters = 32;
const width = 384;

if (backend === 'onnxruntime') await registerOnnxRuntimeBackend();
await tf.setBackend(backend);

const generator = Generator.fromSeed(0);
const tokens = tf.tensor(
  Float32Array.from({ length: 2 * images * side * side * width }, () => generator.normal()),
  [2, images, side * side, width],
);
const positions = gridPositions();
const init = drawInitialIndices(generator, images, 2 * side * side, clusters);

const options: ClusterOptions = {
  clusters,
  variant: variant === 'released' ? 'released' : 'paper',
  posAlpha: 1,
  ...(nearest === 'grid' && { grid: { rows: side, columns: side } }),
};
const first = await timed();
const others: Awaited<ReturnType<typeof timed>>[] = [];
for (let repeat = 0; repeat < repeats; repeat++) others.push(await timed());
console.log(
  JSON.stringify({
    backend,
    patchesPerSide: side,
    variant,
    nearest,
    firstMs: Math.round(first.wallMs),
    medianMs: median(others.map(({ wallMs }) => wallMs)),
    medianProcessorMs: median(others.map(({ processorMs }) => processorMs)),
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);

async function timed(): Promise<{ wallMs: number; processorMs: number }> {
  const start = performance.now();
  const processorStart = process.cpuUsage();
  const result = clusterJointly(tokens, positions, init, options);
  await result.labels.data();
  const { user, system } = process.cpuUsage(processorStart);
  tf.dispose(result);
  return { wallMs: performance.now() - start, processorMs: (user + system) / 1000 };
}

function median(values: number[]): number {
  return Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
}

/** Two random crops per image, `[2,B,N,2]`. */
function gridPositions(): tf.Tensor {
  const crops = Array.from({ length: 2 * images }, () => {
    const [x, y] = [generator.uniform(0, 100), generator.uniform(0, 100)];
    const [stepX, stepY] = [generator.uniform(8, 30), generator.uniform(8, 30)];
    return Array.from({ length: side * side }, (_, n) => [x + stepX * (n % side), y + stepY * Math.floor(n / side)]);
  });
  return tf.tensor(crops.flat(2), [2, images, side * side, 2]);
}
