import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { positionEmbedding } from '../src/index.js';
import { expectCloseTo } from './compare.js';

const [side, dim] = [3, 2];

/** Cubic convolution at one point of one axis by its definition (Keys, 1981), a = −0.75. */
function kernel(distance: number): number {
  const [a, x] = [-0.75, Math.abs(distance)];
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}

/** Sixteen taps per output, clamped to the border, at the scale (n + 0.1) / side. */
function bruteForce(grid: ArrayLike<number>, rows: number, columns: number): number[] {
  const source = (n: number, o: number) => ((o + 0.5) * side) / (n + 0.1) - 0.5;
  const clamp = (i: number) => Math.min(Math.max(i, 0), side - 1);
  const output: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      for (let channel = 0; channel < dim; channel++) {
        const [y, x] = [source(rows, r), source(columns, c)];
        let value = 0;
        for (let i = Math.floor(y) - 1; i <= Math.floor(y) + 2; i++) {
          for (let j = Math.floor(x) - 1; j <= Math.floor(x) + 2; j++) {
            value += kernel(y - i) * kernel(x - j) * grid[(clamp(i) * side + clamp(j)) * dim + channel]!;
          }
        }
        output.push(value);
      }
    }
  }
  return output;
}

const stored = () => Generator.fromSeed(3).uniformTensor([1, 1 + side * side, dim]);

onBackends(['cpu', 'onnxruntime'], () => {
  it('is the stored embedding for the stored grid', async () => {
    const pos_embed = stored();
    await expectCloseTo(positionEmbedding({ pos_embed }, 3, 3), await pos_embed.data(), 0);
  });

  it('is resampled bicubically for any other grid, the CLS entry copied', async () => {
    const pos_embed = stored();
    const values = await pos_embed.data();
    for (const [rows, columns] of [
      [2, 5],
      [7, 7],
      [1, 9],
    ] as const) {
      const expected = [...values.slice(0, dim), ...bruteForce(values.slice(dim), rows, columns)];
      await expectCloseTo(positionEmbedding({ pos_embed }, rows, columns), expected, 1e-6, `${rows}×${columns}`);
    }
  });

  it('has the transposed resampling as its gradient', async () => {
    const pos_embed = stored();
    const cotangent = Generator.fromSeed(4).uniformTensor([1, 1 + 10, dim]);
    const direction = Generator.fromSeed(5).uniformTensor(pos_embed.shape);
    const gradient = tf.grad((p) => positionEmbedding({ pos_embed: p }, 2, 5))(pos_embed, cotangent);
    const forward = tf.sum(tf.mul(positionEmbedding({ pos_embed: direction }, 2, 5), cotangent));
    await expectCloseTo(tf.sum(tf.mul(gradient, direction)), await forward.data(), 1e-6);
  });
});
