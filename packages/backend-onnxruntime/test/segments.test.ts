import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { distance, onBoth, values, withBackend } from './backend.js';

const width = 128;
const rows = 16384;

/** Layers of the same structure on a batch of 8 MB; the graph of a few of them is cut. */
function layers(x: tf.Tensor, weights: tf.Tensor[]): tf.Tensor {
  let y = x;
  for (const weight of weights) y = tf.relu(tf.matMul(y as tf.Tensor2D, weight as tf.Tensor2D));
  return y;
}

const weightsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => tf.mul(values([width, width], i), 0.05) as tf.Tensor);

describe('a large graph', () => {
  it('runs in segments; layers of the same structure share a session', () =>
    withBackend(async (backend) => {
      const x = values([rows, width]);
      const weights = weightsOf(36);
      for (const weight of weights) await weight.data();
      const { sessionsCompiled, runs } = backend.stats();
      const y = tf.tidy(() => tf.sum(layers(x, weights)));
      const [whole] = await y.data();
      expect(backend.stats().runs - runs).toBe(3);
      // The first two are alike; the third has the sum besides.
      expect(backend.stats().sessionsCompiled - sessionsCompiled).toBe(2);

      // Layer by layer, so that every graph is small.
      let step = x;
      for (const weight of weights) {
        step = tf.tidy(() => layers(step, [weight]));
        await step.data();
      }
      expect(whole! / (await tf.sum(step).data())[0]!).toBeCloseTo(1, 6);
    }));

  it('hands views and numbers that no array can hold on from segment to segment', async () => {
    const { expected, actual } = await onBoth(() => {
      const x = values([16, 16]);
      const flat = tf.reshape(x, [4, 64]);
      const largest = tf.argMax(flat, 1);
      let y = tf.tile(x, [4096, 1]) as tf.Tensor2D;
      for (let i = 0; i < 14; i++) y = tf.mul(tf.matMul(y, x as tf.Tensor2D), 0.5) as tf.Tensor2D;
      // Long after they were made: a view of an intermediate result, indices, and a view of an input.
      const again = tf.add(tf.reshape(tf.slice(y, [0, 0], [16, 16]), [4, 64]), flat);
      return [again, tf.gather(flat, tf.mod(largest, tf.scalar(4, 'int32')) as tf.Tensor1D), largest];
    });
    actual.forEach((array, i) => {
      expect(distance(array, expected[i]!)).toBeLessThan(1e-4);
    });
  });

  it('frees what a segment needed as soon as it has run', () =>
    withBackend(async (backend) => {
      const x = values([rows, width]);
      const weights = weightsOf(36);
      for (const weight of weights) await weight.data();
      const dataIds = backend.numDataIds();
      for (let i = 0; i < 2; i++) {
        const y = tf.tidy(() => tf.mean(layers(x, weights)));
        await y.data();
        y.dispose();
      }
      expect(backend.numDataIds()).toBe(dataIds);
      // Two arrays between segments, in turn, serve all of them.
      expect(backend.stats().pooledBytes).toBeLessThanOrEqual(3 * 4 * rows * width);
    }));

  it('reports a failure to every tensor behind the segment that failed', () =>
    withBackend(async (backend) => {
      const x = values([rows, width]);
      const weights = weightsOf(13);
      for (const weight of weights) await weight.data();
      const bad = tf.tensor1d([5], 'int32');
      const first = tf.tidy(() => tf.sum(x));
      const last = tf.tidy(() => {
        const picked = tf.gather(layers(x, weights), bad);
        // Computed indices: those that are known are checked before anything runs.
        return tf.sum(layers(tf.gather(picked, tf.add(bad, tf.scalar(94, 'int32')) as tf.Tensor1D), weights));
      });
      await expect(last.data()).rejects.toThrow('Running the captured graph on ONNX Runtime failed');
      expect((await first.data()).length).toBe(1);
      tf.dispose([first, last]);
      expect(backend.graph.size).toBe(0);
    }));
});

describe('element-wise work on large arrays', () => {
  const size = 2 ** 20 + 77;
  const update = (parameter: tf.Tensor, gradient: tf.Tensor, m: tf.Tensor, rate: number) =>
    tf.tidy(() => {
      const nextM = tf.add(tf.mul(m, 0.9), tf.mul(gradient, 0.1));
      const change = tf.div(nextM, tf.add(tf.sqrt(tf.square(gradient)), 1e-3));
      return [tf.sub(parameter, tf.mul(change, rate)), nextM] as const;
    });

  it('is computed in stretches, to the last bit what it is as a whole', async () => {
    const inputs = Array.from({ length: 6 }, (_, seed) => values([size], seed).dataSync());
    const pieceOf = (begin: number, length: number) =>
      inputs.map((data) => tf.tensor1d(data.subarray(begin, begin + length) as Float32Array));
    const evaluate = async ([gradient, m, ...parameters]: tf.Tensor[]) => {
      const updated = parameters.flatMap((parameter) => update(parameter, gradient!, m!, 0.5));
      const data = await Promise.all(updated.map((tensor) => tensor.data()));
      tf.dispose(updated);
      return data;
    };
    await withBackend(async (backend) => {
      const whole = await evaluate(pieceOf(0, size));
      // One session for all four: rates and sizes are no part of it.
      expect(backend.stats()).toMatchObject({ sessionsCompiled: 1, runs: 4 });
      for (const begin of [0, 2 ** 18 - 50, size - 100]) {
        const piece = await evaluate(pieceOf(begin, 100));
        piece.forEach((data, i) => {
          expect(distance(data, whole[i]!.subarray(begin, begin + 100))).toBe(0);
        });
      }
    });
  });

  it('keeps to matrices where each has numbers per column of its own, and finds the largest of a row', async () => {
    const [matrices, rows, columns] = [3, 350, 8192];
    const inputs = () =>
      [values([matrices, rows, columns], 1), values([matrices, 1, columns], 2), values([columns], 3)] as const;
    const search = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
      const { values: largest, indices } = tf.topk(tf.add(tf.mul(x, scale), offset), 1);
      return [largest, indices];
    };
    const { expected, actual } = await onBoth(() => search(...inputs()));
    actual.forEach((array, i) => {
      expect(distance(array, expected[i]!)).toBeLessThan(1e-6);
    });
    await withBackend(async (backend) => {
      const found = tf.tidy(() => search(...inputs()));
      await Promise.all(found.map((tensor) => tensor.data()));
      // 64 rows at a time: 6 stretches of each matrix, in one session that serves any number of rows.
      expect(backend.stats()).toMatchObject({ sessionsCompiled: 1, runs: 1 });
    });
  });

  it('runs nothing for views alone', async () => {
    const inputs = [values([2048, 2048], 1), values([4096, 1024], 2), values([4, 256], 3)].map((x) => x.dataSync());
    const program = () => {
      const [x, y, z] = inputs as [Float32Array, Float32Array, Float32Array];
      const ofX = tf.relu(tf.add(tf.mul(tf.tensor(x, [2048, 2048]), 2), 0.5));
      // Between the two stretches there is nothing but the reshaping.
      const ofY = tf.relu(tf.add(tf.mul(tf.tensor(y, [4096, 1024]), tf.reshape(tf.tensor(z, [4, 256]), [1024])), 0.5));
      return [ofX, ofY];
    };
    const { expected, actual } = await onBoth(program);
    actual.forEach((array, i) => {
      expect(distance(array, expected[i]!)).toBeLessThan(1e-6);
    });
    await withBackend(async (backend) => {
      const results = tf.tidy(program);
      await Promise.all(results.map((tensor) => tensor.data()));
      expect(backend.stats()).toMatchObject({ sessionsCompiled: 2, runs: 2 });
    });
  });
});
