import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Generator, MemoryBank } from '@cribo/memory-bank';
import { type Config, loadBackend } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { bankFlops } from '../figures/cost-model.js';
import { median } from '../figures/median.js';
import { matMulGflops } from './matmul-gflops.js';
import { peakRssMiB, restartPeak, rssMiB } from './process-memory.js';

export interface BankRequest {
  backend: Config['backend'];
  /** S, K and d. */
  images: number;
  objectsPerImage: number;
  dim: number;
  /** Images of a batch. */
  batch: number;
  repeats: number;
}

export interface BankMeasurement {
  /** Median milliseconds of a query and the update after it. */
  ms: number;
  /** Products of similarities, in GFLOP, and their rate. */
  gflop: number;
  gflops: number;
  matMulGflops: number;
  /** Rate as a share of the plain product's. */
  share: number;
  /** Vectors of both views, by their shapes. */
  bankMiB: number;
  /** Resident memory with the bank in place, above that of the process before. */
  residentBankMiB: number;
  /** Highest resident memory of queries and updates, compiling included, above that with the bank in place. */
  extraMiB: number;
  peakRssMiB: number;
  /** Seconds to fill the bank with random vectors. */
  fillSeconds: number;
}

/**
 * A full bank that is queried by the objects of a batch and takes them in, again and again. The bank fills itself with
 * random vectors, block by block, as the released variant starts.
 */
export async function measureBank(request: BankRequest): Promise<BankMeasurement> {
  const { images, objectsPerImage, dim, batch, repeats } = request;
  await loadBackend(request.backend);
  const peak = await matMulGflops();
  const rng = Generator.fromSeed(0);
  const before = rssMiB();
  const began = performance.now();
  const bank = new MemoryBank({ images, objectsPerImage, dim, variant: 'released', rng });
  const fillSeconds = (performance.now() - began) / 1000;
  // The arrays that the vectors were drawn in, whose tensors are copies.
  collectGarbage();
  const withBank = rssMiB();
  restartPeak();

  const objects = rng.uniformTensor([2, batch, objectsPerImage, dim]);
  const valid = tf.ones([batch, objectsPerImage], 'bool');
  const times: number[] = [];
  // Two to warm up: the first compiles, the second may find tensors that stand elsewhere.
  for (let i = 0; i < repeats + 2; i++) {
    const start = performance.now();
    const found = bank.query(objects, valid);
    bank.push(objects, valid);
    await found.mask.data();
    times.push(performance.now() - start);
    tf.dispose({ ...found });
  }
  const highest = peakRssMiB();
  bank.dispose();
  tf.dispose([objects, valid]);
  const ms = median(times.slice(2));
  const flops = bankFlops({ images, objectsPerImage, dim, batch });
  const gflops = flops / ms / 1e6;
  return {
    ms,
    gflop: flops / 1e9,
    gflops,
    matMulGflops: peak,
    share: gflops / peak,
    bankMiB: (2 * images * objectsPerImage * dim * 4) / 2 ** 20,
    residentBankMiB: withBank - before,
    extraMiB: highest - withBank,
    peakRssMiB: highest,
    fillSeconds,
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
