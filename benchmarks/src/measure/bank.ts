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
  storage: Config['bank']['storage'];
  /** Images of a batch. */
  batch: number;
  repeats: number;
}

export interface BankMeasurement {
  /** Median milliseconds of a query, and of the update after it. */
  queryMs: number;
  pushMs: number;
  /** Products of similarities in a query, in GFLOP, and their rate. */
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
  const { images, objectsPerImage, dim, storage, batch, repeats } = request;
  await loadBackend(request.backend);
  const peakBefore = await matMulGflops();
  const rng = Generator.fromSeed(0);
  const before = rssMiB();
  const began = performance.now();
  const bank = new MemoryBank({ images, objectsPerImage, dim, variant: 'released', rng, storage });
  const fillSeconds = (performance.now() - began) / 1000;
  // The arrays that the vectors were drawn in, whose tensors are copies.
  collectGarbage();
  const withBank = rssMiB();
  restartPeak();

  const objects = rng.uniformTensor([2, batch, objectsPerImage, dim]);
  const valid = tf.ones([batch, objectsPerImage], 'bool');
  const queries: number[] = [];
  const pushes: number[] = [];
  // Two to warm up: the first compiles, the second may find tensors that stand elsewhere.
  for (let i = 0; i < repeats + 2; i++) {
    const start = performance.now();
    const found = bank.query(objects, valid);
    await found.mask.data();
    const queried = performance.now();
    tf.dispose({ ...found });
    bank.push(objects, valid);
    await everythingDone();
    queries.push(queried - start);
    pushes.push(performance.now() - queried);
  }
  const highest = peakRssMiB();
  bank.dispose();
  tf.dispose([objects, valid]);
  // The machine may be busy at times: of two measurements the faster one is the peak.
  const peak = Math.max(peakBefore, await matMulGflops());
  const queryMs = median(queries.slice(2));
  const flops = bankFlops({ stored: images * objectsPerImage, dim, queries: batch * objectsPerImage });
  const gflops = flops / queryMs / 1e6;
  return {
    queryMs,
    pushMs: median(pushes.slice(2)),
    gflop: flops / 1e9,
    gflops,
    matMulGflops: peak,
    share: gflops / peak,
    bankMiB: (2 * images * objectsPerImage * dim * (storage === 'float16' ? 2 : 4)) / 2 ** 20,
    residentBankMiB: withBank - before,
    extraMiB: highest - withBank,
    peakRssMiB: highest,
    fillSeconds,
  };
}

/** A backend that captures computes everything that is pending before it answers; others compute in order. */
async function everythingDone(): Promise<void> {
  const sum = tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(2)));
  await sum.data();
  sum.dispose();
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
