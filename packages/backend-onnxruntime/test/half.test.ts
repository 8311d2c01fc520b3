import { halfFromBits, toHalf } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { OnnxRuntimeBackend } from '../src/index.js';
import { values, withBackend } from './backend.js';

/** What `f` returns, and the bytes that it holds. */
function held(backend: OnnxRuntimeBackend, f: () => tf.Tensor): [tf.Tensor, number] {
  const before = backend.stats().heldBytes;
  const result = tf.tidy(f);
  return [result, backend.stats().heldBytes - before];
}

/** A tensor [2,3,4] of numbers that half precision has exactly, stored so. */
const small = () => tf.tidy(() => toHalf(tf.reshape(tf.range(0, 24), [2, 3, 4])));
const numbers = Float32Array.from({ length: 24 }, (_, i) => i);

describe('a tensor in half precision', () => {
  it('takes 2 bytes per number and is read as float32', () =>
    withBackend(async (backend) => {
      const [half, bytes] = held(backend, small);
      expect(bytes).toBe(2 * 24);
      expect(half.dtype).toBe('float32');
      expect(await half.data()).toEqual(numbers);
      expect(half.dataSync()).toEqual(numbers);
    }));

  it('is read as a copy', () =>
    withBackend(async () => {
      const half = small();
      (await half.data()).fill(9);
      expect(await half.data()).toEqual(numbers);
    }));

  it('shares its data with its reshapes and clones, and frees it with the last of them', () =>
    withBackend(async (backend) => {
      const half = small();
      await half.data();
      const before = backend.stats().heldBytes;
      const views = [tf.reshape(half, [4, 6]), tf.expandDims(half, 0), tf.clone(half), tf.cast(half, 'float32')];
      expect(await views[0]!.array()).toEqual([0, 6, 12, 18].map((first) => [...numbers.slice(first, first + 6)]));
      expect(backend.stats().heldBytes).toBe(before);
      half.dispose();
      tf.dispose(views.slice(1));
      expect(await views[0]!.data()).toEqual(numbers);
      expect(backend.stats().heldBytes).toBe(2 * 24);
      views[0]!.dispose();
      expect(backend.stats().heldBytes).toBe(0);
      expect(backend.numDataIds()).toBe(0);
    }));

  it.each<[string, (half: tf.Tensor) => tf.Tensor, number[]]>([
    [
      'gather',
      (half) => tf.gather(half, tf.tensor1d([2, 0], 'int32'), 1),
      [8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15],
    ],
    ['slice', (half) => tf.slice(half, [0, 1, 2], [2, 1, 2]), [6, 7, 18, 19]],
    [
      'concat',
      (half) => tf.concat([tf.slice(half, [1, 0, 0], [1, 1, 4]), tf.slice(half, [0, 2, 0], [1, 1, 4])], 2),
      [12, 13, 14, 15, 8, 9, 10, 11],
    ],
    ['toHalf', (half) => toHalf(tf.slice(half, [0, 0, 0], [1, 1, 4])), [0, 1, 2, 3]],
  ])('stays in half precision where %s moves elements', (_, move, expected) =>
    withBackend(async (backend) => {
      const half = small();
      const [moved, bytes] = held(backend, () => move(half));
      expect([...(await moved.data())]).toEqual(expected);
      expect(bytes).toBe(2 * expected.length);
    }),
  );

  it('is widened where it meets float32 or is computed with', () =>
    withBackend(async (backend) => {
      const half = toHalf(values([2, 3]));
      const exact = tf.tensor(await half.data(), [2, 3]);
      const other = values([3, 2], 2);
      const programs: ((x: tf.Tensor) => tf.Tensor)[] = [
        (x) => tf.matMul(x as tf.Tensor2D, other as tf.Tensor2D),
        (x) => tf.mul(x, 3),
        (x) => tf.concat([x, tf.reshape(other, [2, 3])], 0),
        (x) => tf.where(tf.greater(x, 0), x, tf.zerosLike(x)),
        (x) => tf.sum(tf.square(x), 1),
        (x) => tf.stack([x, x]),
        (x) => tf.gather(x, tf.tensor2d([[2], [0]], [2, 1], 'int32'), 1, 1),
        (x) => tf.cast(x, 'bool'),
      ];
      for (const program of programs) {
        const [widened, bytes] = held(backend, () => program(half));
        expect(await widened.data()).toEqual(await program(exact).data());
        expect(bytes).toBe(widened.size * (widened.dtype === 'bool' ? 1 : 4));
      }
    }));

  it('of bits on the host has nothing to compute, and does not see them change', () =>
    withBackend(async (backend) => {
      const bits = Uint16Array.of(0x3c00, 0xc100);
      const half = halfFromBits(bits, [2]);
      bits.fill(0);
      expect(backend.graph.size).toBe(0);
      expect(half.dataSync()).toEqual(Float32Array.of(1, -2.5));
    }));

  it('may be empty', () =>
    withBackend(async () => {
      const empty = toHalf(tf.zeros([0, 3]));
      expect(await empty.data()).toEqual(new Float32Array(0));
      expect((await tf.concat([empty, toHalf(tf.ones([1, 3]))], 0).data()).length).toBe(3);
    }));

  it('that is written anew in every step belongs to one graph, and its arrays are used again', () =>
    withBackend(async (backend) => {
      let bank = tf.tidy(() => toHalf(tf.zeros([2, 32, 1024])));
      await bank.data();
      const compiled: number[] = [];
      for (let step = 0; step < 6; step++) {
        const next = tf.tidy(() => {
          const fresh = toHalf(tf.fill([2, 1, 1024], step));
          const slots = tf.tensor1d(
            Int32Array.from({ length: 32 }, (_, i) => (i === step ? 32 : i)),
            'int32',
          );
          return tf.gather(tf.concat([bank, fresh], 1), slots, 1);
        });
        bank.dispose();
        bank = next;
        await bank.data();
        compiled.push(backend.stats().sessionsCompiled);
      }
      expect(new Set(compiled).size).toBe(1);
      expect([0, 1, 5, 6].map((row) => bank.dataSync()[row * 1024])).toEqual([0, 1, 5, 0]);
      expect(backend.stats().heldBytes).toBe(2 * 64 * 1024);
      expect(backend.stats().pooledBytes).toBeLessThanOrEqual(3 * 2 * 64 * 1024);
    }));
});
