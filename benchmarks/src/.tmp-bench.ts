// Time of one joint clustering, by how the nearest members are found:
//   node --conditions=@cribo/source --import tsx benchmarks/src/clustering.ts [cpu|onnxruntime] [patches per side] [repeats]

import { type ClusterOptions, clusterJointly, drawInitialIndices, Generator as G } from '@cribo/sinkhorn-cluster';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

const [backend = 'onnxruntime', sideText = '14', repeatsText = '7'] = process.argv.slice(2);
const side = Number(sideText);
const repeats = Number(repeatsText);
const images = 8;
const clusters = 32;
const width = 384;

if (backend === 'onnxruntime') {}
await tf.setBackend(backend);

const Generator = G as any; const generator = Generator.fromSeed(0);
const tokens = tf.tensor(
  Float32Array.from({ length: 2 * images * side * side * width }, () => generator.normal()),
  [2, images, side * side, width],
);
const positions = gridPositions();
const init = drawInitialIndices(generator, images, 2 * side * side, clusters);

for (const variant of ['paper', 'released'] as const) {
  for (const grid of [undefined, { rows: side, columns: side }]) {
    const options: ClusterOptions = { clusters, variant, posAlpha: 1, ...(grid && { grid }) };
    const milliseconds: number[] = [];
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const start = performance.now();
      const result = clusterJointly(tokens, positions, init, options);
      await result.labels.data();
      milliseconds.push(performance.now() - start);
      tf.dispose(result);
    }
    const [first, ...others] = milliseconds;
    const median = others.sort((a, b) => a - b)[Math.floor(others.length / 2)]!;
    console.log(
      JSON.stringify({
        backend,
        variant,
        nearestMember: grid ? 'grid' : 'all pairs',
        images,
        tokensPerView: side * side,
        clusters,
        width,
        firstMs: Math.round(first!),
        medianMs: Math.round(median),
        peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      }),
    );
  }
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
