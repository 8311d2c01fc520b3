import { partBoundary } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { OnnxRuntimeBackend } from '../src/index.js';
import { distance, values, withBackend } from './backend.js';

const rows = 2 ** 14;
const width = 24;
const parts = 12;

/** Alike parts with a residual branch each, whose results together are large enough for the graph to be cut. */
function network(x: tf.Tensor, weights: tf.Tensor[], mark: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  let y = x;
  for (let i = 0; i < weights.length; i += 2) {
    const part = mark(y) as tf.Tensor2D;
    const hidden = tf.relu(tf.matMul(part, weights[i] as tf.Tensor2D));
    y = tf.add(part, tf.matMul(hidden as tf.Tensor2D, weights[i + 1] as tf.Tensor2D));
  }
  return tf.mean(tf.square(y));
}

/** Runs and compilations of what `f` reads, and what that is. */
async function measured(backend: OnnxRuntimeBackend, f: () => tf.Tensor[]) {
  const before = backend.stats();
  const tensors = tf.tidy(f);
  const data = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  const { runs, sessionsCompiled } = backend.stats();
  return { data, runs: runs - before.runs, compiled: sessionsCompiled - before.sessionsCompiled };
}

const setUp = async () => {
  const x = values([rows, width]);
  const weights = Array.from({ length: 2 * parts }, (_, i) => tf.mul(values([width, width], i), 0.2) as tf.Tensor);
  await Promise.all(weights.map((weight) => weight.data()));
  return { x, weights };
};

describe('marked parts of a large graph', () => {
  it('run as segments that share one session, also in the backward pass', () =>
    withBackend(async (backend) => {
      const { x, weights } = await setUp();
      const forward = await measured(backend, () => [network(x, weights, partBoundary)]);
      // All parts are alike but the last, with the mean.
      expect(forward).toMatchObject({ runs: parts, compiled: 2 });

      const training = () => {
        const { value, grads } = tf.valueAndGrads((...w) => network(x, w, partBoundary))(weights);
        return [value, ...grads];
      };
      const whole = await measured(backend, training);
      // Forward and backward through every part; the middle of the graph belongs to both.
      expect(whole.runs).toBeGreaterThanOrEqual(2 * parts - 1);
      expect(whole.compiled).toBeLessThanOrEqual(4);
      expect(await measured(backend, training)).toMatchObject({ runs: whole.runs, compiled: 0 });
    }));

  it('compute what the unmarked graph does', async () => {
    const run = (mark: (x: tf.Tensor) => tf.Tensor) =>
      withBackend(async (backend) => {
        const { x, weights } = await setUp();
        return measured(backend, () => {
          const { value, grads } = tf.valueAndGrads((...w) => network(x, w, mark))(weights);
          return [value, ...grads];
        });
      });
    const [marked, unmarked] = [await run(partBoundary), await run((x) => x)];
    expect(marked.runs).toBeGreaterThan(unmarked.runs);
    expect(marked.data).toHaveLength(1 + 2 * parts);
    marked.data.forEach((array, i) => {
      const expected = unmarked.data[i]!;
      expect(distance(array, expected) / distance(expected, new Float32Array(expected.length))).toBeLessThan(1e-5);
    });
  });

  it('change nothing in a small graph, which runs as a whole', () =>
    withBackend(async (backend) => {
      const x = values([4, width]);
      const { weights } = await setUp();
      expect(await measured(backend, () => [network(x, weights, partBoundary)])).toMatchObject({
        runs: 1,
        compiled: 1,
      });
    }));
});
