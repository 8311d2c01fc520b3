import { type DenseNNRun, denseNearestNeighbours, type PatchFeatures } from '@cribo/eval-seg';
import { Generator } from '@cribo/tensor';
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
}

export interface DenseNNBench {
  readonly memoryPatches: number;
  readonly queryPatches: number;
  readonly retrievalSeconds: number;
  /** Products of similarities alone, `2 * dim` operations each. */
  readonly retrievalGflops: number;
  /** The same blocks multiplied with nothing else done. */
  readonly matMulGflops: number;
  /** Retrieval as a share of the plain product's rate. */
  readonly share: number;
}

const blockSize = { memory: 2048, queries: 1024 };

/**
 * How much of the speed of a plain matrix product dense retrieval keeps, on the current backend. Features are drawn around
 * class directions, so that neighbours are found as gradually as with real ones.
 */
export async function benchDenseNN(options: DenseNNBenchOptions): Promise<DenseNNBench> {
  const memory = drawFeatures(options.memoryImages, options, 'memory');
  const query = drawFeatures(options.queryImages, options, 'query');
  const matMulGflops = await benchMatMul(options.dim);
  const retrieve = (images: PatchFeatures): Promise<DenseNNRun[]> =>
    denseNearestNeighbours({
      memory,
      query: images,
      classes,
      k: options.k,
      subsampling: options.subsampling,
      blockSize,
    });
  await retrieve(drawFeatures(1, options, 'warm-up'));
  const start = performance.now();
  await retrieve(query);
  const retrievalSeconds = (performance.now() - start) / 1000;
  const retrievalGflops = (2 * options.dim * memory.rows * query.rows) / retrievalSeconds / 1e9;
  return {
    memoryPatches: memory.rows,
    queryPatches: query.rows,
    retrievalSeconds,
    retrievalGflops,
    matMulGflops,
    share: retrievalGflops / matMulGflops,
  };
}

const classes = 21;

function drawFeatures(images: number, { patches, dim }: DenseNNBenchOptions, label: string): PatchFeatures {
  const root = Generator.fromSeed(0);
  const directions = draw(root.split('directions'), classes * dim);
  const rng = root.split(label);
  const rows = images * patches;
  const values = draw(rng, rows * dim);
  const labels = Uint8Array.from({ length: rows }, () => rng.int(classes));
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = 0; i < dim; i++) {
      values[row * dim + i]! += directions[labels[row]! * dim + i]!;
      squares += values[row * dim + i]! ** 2;
    }
    for (let i = 0; i < dim; i++) values[row * dim + i]! /= Math.sqrt(squares);
  }
  const side = Math.sqrt(patches);
  const grid = { rows: side, columns: side };
  return { values, rows, dim, labels, images, grid, pixels: grid };
}

function draw(rng: Generator, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => rng.normal());
}

/** Rate of `[2048, d] x [d, 1024]` with the result read, in GFLOP/s. */
async function benchMatMul(dim: number): Promise<number> {
  const rng = Generator.fromSeed(1);
  const columns = tf.tensor2d(draw(rng, dim * blockSize.queries), [dim, blockSize.queries]);
  const host = draw(rng, blockSize.memory * dim);
  const multiply = async (): Promise<void> => {
    const product = tf.tidy(() => tf.matMul(tf.tensor2d(host, [blockSize.memory, dim]), columns));
    await product.data();
    product.dispose();
  };
  for (let i = 0; i < 5; i++) await multiply();
  const repeats = 60;
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await multiply();
  const seconds = (performance.now() - start) / 1000;
  columns.dispose();
  return (2 * dim * blockSize.memory * blockSize.queries * repeats) / seconds / 1e9;
}
