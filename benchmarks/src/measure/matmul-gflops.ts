import * as tf from '@tensorflow/tfjs-core';

/** Below this rate, in GFLOP/s, a product of 1024 would take seconds, and the rate does not depend on the size. */
const slow = 5;

/**
 * Speed in GFLOP/s of plain products of square float32 matrices on the current backend, which counts as its peak: 1024 a
 * side, or 256 on a slow backend; the best of several.
 */
export async function matMulGflops(): Promise<number> {
  const rough = await rate(256, 2);
  return rough < slow ? rough : Math.max(rough, await rate(1024, 6));
}

async function rate(size: number, repeats: number): Promise<number> {
  const a = tf.ones([size, size]);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const began = performance.now();
    const corner = tf.tidy(() => {
      let product = tf.matMul(a, a);
      for (let n = 1; n < 4; n++) product = tf.matMul(product, a);
      return tf.slice(product, [0, 0], [1, 1]);
    });
    await corner.data();
    corner.dispose();
    best = Math.min(best, performance.now() - began);
  }
  a.dispose();
  return (4 * 2 * size ** 3) / best / 1e6;
}
