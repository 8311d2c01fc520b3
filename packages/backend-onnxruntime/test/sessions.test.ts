import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { OnnxRuntimeOptions } from '../src/index.js';
import { values, withBackend } from './backend.js';

async function read(f: () => tf.Tensor): Promise<number[]> {
  const tensor = tf.tidy(f);
  const data = [...(await tensor.data())];
  tensor.dispose();
  return data;
}

describe('compiled sessions', () => {
  it('are reused when only numbers change: scalars and arrays are inputs', () =>
    withBackend(async (backend) => {
      for (const rate of [0.1, 0.2, 0.3]) {
        const [y] = await read(() => tf.add(tf.mul(tf.tensor1d([10 * rate]), rate), tf.fill([1], rate)));
        expect(y).toBeCloseTo(10 * rate * rate + rate, 5);
      }
      expect(backend.stats()).toMatchObject({ sessionsCompiled: 1, runs: 3 });
    }));

  it('are compiled anew for another op, attribute, shape, dtype, wiring or set of results', () =>
    withBackend(async (backend) => {
      const a = values([4, 4]);
      const b = values([4, 4], 2);
      const programs: (() => tf.Tensor)[] = [
        () => tf.sub(a, b),
        () => tf.sub(b, tf.add(a, b)),
        () => tf.sub(tf.add(a, b), b),
        () => tf.sum(a, 0),
        () => tf.sum(a, 1),
        () => tf.sum(tf.cast(a, 'int32'), 0),
        () => tf.slice(a, [0, 0], [2, 2]),
        () => tf.slice(a, [1, 0], [2, 2]),
      ];
      for (const [i, program] of programs.entries()) {
        await read(program);
        expect(backend.stats().sessionsCompiled).toBe(i + 1);
      }
      for (const program of programs.slice(-4)) await read(program);
      expect(backend.stats().sessionsCompiled).toBe(programs.length);
    }));

  it('are limited; the least recently used one goes first', () =>
    withBackend(
      async (backend) => {
        const x = values([3]);
        await read(() => tf.exp(x));
        await read(() => tf.sin(x));
        await read(() => tf.exp(x));
        await read(() => tf.cos(x));
        expect(backend.stats()).toMatchObject({ sessionsCompiled: 3, sessionsCached: 2 });
        await read(() => tf.exp(x));
        expect(backend.stats().sessionsCompiled).toBe(3);
        await read(() => tf.sin(x));
        expect(backend.stats().sessionsCompiled).toBe(4);
      },
      { maxSessions: 2 },
    ));

  it('of large graphs keep their memory only from the second use on, where each has memory of its own', async () => {
    const compiledBy = (options: OnnxRuntimeOptions) =>
      withBackend(async (backend) => {
        const x = tf.zeros([2048, 2048]);
        const program = () => tf.max(tf.relu(tf.add(tf.add(tf.add(tf.add(x, 1), 1), 1), 1)));
        const compiled: number[] = [];
        for (let i = 0; i < 4; i++) {
          expect(await read(program)).toEqual([4]);
          compiled.push(backend.stats().sessionsCompiled);
        }
        return { compiled, cached: backend.stats().sessionsCached };
      }, options);
    const ort = await import('onnxruntime-node');
    expect(await compiledBy({ ort })).toEqual({ compiled: [1, 2, 2, 2], cached: 1 });
    // Sessions that share one arena: the element-wise part of the graph, and its maximum.
    expect(await compiledBy({})).toEqual({ compiled: [2, 2, 2, 2], cached: 2 });
  });

  it('are released after a use that is not to be kept, and make no other one go', () =>
    withBackend(
      async (backend) => {
        const x = values([3]);
        await read(() => tf.exp(x));
        const inside = await backend.withoutKeepingSessions(async () => {
          for (let i = 0; i < 2; i++) for (const f of [tf.exp, tf.sin, tf.cos]) await read(() => f(x) as tf.Tensor);
          return backend.stats();
        });
        expect(inside.sessionsCompiled).toBe(3);
        expect(backend.stats().sessionsCached).toBe(1);
        await read(() => tf.exp(x));
        expect(backend.stats().sessionsCompiled).toBe(3);
        await read(() => tf.sin(x));
        expect(backend.stats().sessionsCompiled).toBe(4);
      },
      { maxSessions: 1 },
    ));
});
