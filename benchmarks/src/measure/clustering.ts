import { type ClusterOptions, clusterJointly, drawInitialIndices, Generator } from '@cribo/sinkhorn-cluster';
import { type Config, loadBackend } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../figures/median.js';
import { cropPositions } from './crop-positions.js';
import { peakRssMiB } from './process-memory.js';

export interface ClusteringRequest {
  backend: Config['backend'];
  images: number;
  /** Patches along a side of a view. */
  side: number;
  clusters: number;
  /** Width of a token. */
  dim: number;
  variant: ClusterOptions['variant'];
  /** Whether the clustering is told that patches lie on a grid. */
  grid: boolean;
  /** Calls after the one that compiles. */
  repeats: number;
}

export interface ClusteringMeasurement {
  firstMs: number;
  /** Median elapsed time of the others, and their median processor time over all threads. */
  ms: number;
  processorMs: number;
  peakRssMiB: number;
}

/** One joint clustering of drawn tokens, again and again. */
export async function measureClustering(request: ClusteringRequest): Promise<ClusteringMeasurement> {
  const { images, side, clusters, dim, variant, grid, repeats } = request;
  await loadBackend(request.backend);
  const rng = Generator.fromSeed(0);
  const tokens = rng.truncNormal([2, images, side * side, dim], { std: 1 });
  const positions = cropPositions(rng, images, side);
  const init = drawInitialIndices(rng, images, 2 * side * side, clusters);
  const options: ClusterOptions = {
    clusters,
    variant,
    posAlpha: 1,
    ...(grid && { grid: { rows: side, columns: side } }),
  };
  const once = async () => {
    const start = performance.now();
    const processorStart = process.cpuUsage();
    const result = clusterJointly(tokens, positions, init, options);
    await result.labels.data();
    const { user, system } = process.cpuUsage(processorStart);
    tf.dispose(result);
    return { ms: performance.now() - start, processorMs: (user + system) / 1000 };
  };
  const first = await once();
  const others = [];
  for (let repeat = 0; repeat < repeats; repeat++) others.push(await once());
  tf.dispose([tokens, positions, init]);
  return {
    firstMs: first.ms,
    ms: median(others.map(({ ms }) => ms)),
    processorMs: median(others.map(({ processorMs }) => processorMs)),
    peakRssMiB: peakRssMiB(),
  };
}
