import { denseNearestNeighbours, type PatchFeatures } from '@cribo/eval-seg';
import * as tf from '@tensorflow/tfjs-core';

export interface DenseNNBenchOptions {
  /** Images in the memory. */
  readonly memoryImages: number;
  /** Images that are segmented. */
  readonly queryImages: number;
  /** Patches of an image, a square number. */
  readonly patches: number;
  /** Feature width. */
  readonly dim: number;
  readonly k: number;
  /** Memory sizes, see `denseNearestNeighbours`. */
  readonly subsampling: readonly number[];
  /** Called with the query patches done. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DenseNNBench {
  readonly memoryPatches: number;
  readonly queryPatches: number;
  readonly dim: number;
  readonly k: number;
  /** Memory rows and queries whose similarities exist at one time; two such blocks are held. */
  readonly blockSize: { readonly memory: number; readonly queries: number };
  /** Drawing the features, which is not part of the retrieval. */
  readonly drawSeconds: number;
  readonly retrievalSeconds: number;
  /** Products of similarities alone, `2 * dim` operations each. */
  readonly retrievalGflops: number;
  /** The same blocks multiplied with nothing else done, mean of a measurement before and one after the retrieval. */
  readonly matMulGflops: number;
  /** Retrieval as a share of the plain product's rate. */
  readonly share: number;
  /** The same in processor time instead of time, which other work on the machine disturbs less; meaningful with one thread. */
  readonly processorShare: number;
  /** Highest resident memory of the process, in GB (1e9 bytes). */
  readonly peakMemoryGB: number;
  /** Of this the features, which lie in one array per data set. */
  readonly featuresGB: { readonly memory: number; readonly query: number };
}

/** One million memory patches and a hundred thousand queries, 1.5 GB and 0.15 GB of features. */
export const largeCase = { memoryImages: 10_000, queryImages: 1000, patches: 100, dim: 384 } as const;

const blockSize = { memory: 2048, queries: 1024 };
const classes = 21;

/**
 * How much of the speed of a plain matrix product dense retrieval keeps, on the current backend. Features are drawn around
 * class directions, so that neighbours are found as gradually as with real ones.
 */
export async function benchDenseNN(options: DenseNNBenchOptions): Promise<DenseNNBench> {
  const { dim, k, subsampling, onProgress } = options;
  const startOfDraw = performance.now();
  const memory = drawFeatures(options.memoryImages, options, 1);
  const query = drawFeatures(options.queryImages, options, 2);
  const drawSeconds = secondsSince(startOfDraw);

  const retrieve = (from: PatchFeatures, images: PatchFeatures, progress: DenseNNBenchOptions['onProgress']) =>
    denseNearestNeighbours({
      memory: from,
      query: images,
      classes,
      k,
      subsampling,
      blockSize,
      ...(progress && { onProgress: progress }),
    });
  // The warm-up compiles the product, whose shape does not depend on the number of patches.
  await retrieve(drawFeatures(Math.ceil(4096 / options.patches), options, 3), drawFeatures(1, options, 4), undefined);
  const matMulBefore = await benchMatMul(dim);
  const retrieval = await rates(2 * dim * memory.rows * query.rows, () => retrieve(memory, query, onProgress));
  const matMulAfter = await benchMatMul(dim);
  const matMulGflops = (matMulBefore.gflops + matMulAfter.gflops) / 2;
  return {
    memoryPatches: memory.rows,
    queryPatches: query.rows,
    dim,
    k,
    blockSize,
    drawSeconds,
    retrievalSeconds: retrieval.seconds,
    retrievalGflops: retrieval.gflops,
    matMulGflops,
    share: retrieval.gflops / matMulGflops,
    processorShare: (2 * retrieval.processorGflops) / (matMulBefore.processorGflops + matMulAfter.processorGflops),
    peakMemoryGB: (process.resourceUsage().maxRSS * 1024) / 1e9,
    featuresGB: { memory: memory.values.byteLength / 1e9, query: query.values.byteLength / 1e9 },
  };
}

const secondsSince = (start: number) => (performance.now() - start) / 1000;

function drawFeatures(images: number, { patches, dim }: DenseNNBenchOptions, seed: number): PatchFeatures {
  const directions = draw(0, classes * dim);
  const rows = images * patches;
  const values = draw(seed, rows * dim);
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row * 8191) % classes);
  for (let row = 0; row < rows; row++) {
    const start = row * dim;
    const direction = labels[row]! * dim;
    let squares = 0;
    for (let i = 0; i < dim; i++) {
      const value = values[start + i]! + directions[direction + i]!;
      values[start + i] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let i = 0; i < dim; i++) values[start + i]! *= scale;
  }
  const side = Math.sqrt(patches);
  const grid = { rows: side, columns: side };
  return { values, rows, dim, labels, images, grid, pixels: grid };
}

/** Uniform draws from [-1, 1) by xorshift: four hundred million of them must not take as long as the retrieval. */
function draw(seed: number, count: number): Float32Array {
  const values = new Float32Array(count);
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state / 2 ** 31;
  }
  return values;
}

/** Rate of `[memory, d] x [d, queries]` with the result read. */
async function benchMatMul(dim: number): Promise<Rates> {
  const columns = tf.tensor2d(draw(5, dim * blockSize.queries), [dim, blockSize.queries]);
  const host = draw(6, blockSize.memory * dim);
  const multiply = async (): Promise<void> => {
    const product = tf.tidy(() => tf.matMul(tf.tensor2d(host, [blockSize.memory, dim]), columns));
    await product.data();
    product.dispose();
  };
  for (let i = 0; i < 5; i++) await multiply();
  const repeats = 60;
  const measured = await rates(2 * dim * blockSize.memory * blockSize.queries * repeats, async () => {
    for (let i = 0; i < repeats; i++) await multiply();
  });
  columns.dispose();
  return measured;
}

interface Rates {
  readonly seconds: number;
  readonly gflops: number;
  /** Per second of processor time, of all threads. */
  readonly processorGflops: number;
}

async function rates(operations: number, work: () => Promise<unknown>): Promise<Rates> {
  const start = performance.now();
  const processor = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(processor);
  const seconds = secondsSince(start);
  return { seconds, gflops: operations / seconds / 1e9, processorGflops: operations / (user + system) / 1e3 };
}
