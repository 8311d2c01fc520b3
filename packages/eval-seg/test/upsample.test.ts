import { describe, expect, it } from 'vitest';
import { argmaxPixels, argmaxScores, upsampleNearest, upsampleScores } from '../src/index.js';
import { numbers } from './numbers.js';

describe('upsampleNearest', () => {
  it('takes source floor(target * in / out)', () => {
    const from = { rows: 1, columns: 3 };
    expect([...upsampleNearest(Uint8Array.of(1, 2, 3), from, { rows: 2, columns: 5 })]).toEqual([
      1, 1, 2, 2, 3, 1, 1, 2, 2, 3,
    ]);
  });
});

describe('upsampleScores', () => {
  it('interpolates between patch centres and is flat outside of them', () => {
    const up = upsampleScores(Float32Array.of(0, 8), { rows: 1, columns: 2 }, { rows: 1, columns: 8 }, 1);
    expect([...up]).toEqual([0, 0, 1, 3, 5, 7, 8, 8]);
  });
});

describe('argmaxPixels', () => {
  it('is the argmax of the upsampled scores for any pair of sizes', () => {
    const next = numbers(1);
    const classes = 6;
    for (const [rows, columns, height, width] of [
      [4, 6, 32, 48],
      [3, 5, 29, 53],
      [1, 1, 4, 4],
      [4, 4, 4, 4],
      [5, 3, 2, 2],
    ] as const) {
      // Most scores are zero, as after a vote.
      const scores = Float32Array.from({ length: rows * columns * classes }, () => (next() < 0.6 ? 0 : next()));
      for (let patch = 0; patch < rows * columns; patch++) scores[patch * classes + 2] = 0.1 + next();
      const [from, to] = [
        { rows, columns },
        { rows: height, columns: width },
      ];
      const expected = argmaxScores(upsampleScores(scores, from, to, classes), classes);
      expect(argmaxPixels(scores, from, to, classes)).toEqual(expected);
    }
  });

  it('gives ties to the smallest id', () => {
    const labels = argmaxPixels(Float32Array.of(0, 0.5, 0.5), { rows: 1, columns: 1 }, { rows: 1, columns: 2 }, 3);
    expect([...labels]).toEqual([1, 1]);
  });
});
