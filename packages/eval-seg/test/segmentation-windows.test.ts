import { describe, expect, it } from 'vitest';
import { argmaxScores, upsampleScores } from '../src/index.js';
import { WindowScores } from '../src/segmentation/window-scores.js';
import { slidingWindows } from '../src/segmentation/windows.js';
import { numbers } from './numbers.js';

describe('slidingWindows', () => {
  it('moves the last window of every row and column back into the image', () => {
    const lefts = slidingWindows({ width: 683, height: 512 }, 512, 480).map(({ left, top }) => [left, top]);
    expect(lefts).toEqual([
      [0, 0],
      [171, 0],
    ]);
    expect(slidingWindows({ width: 20, height: 13 }, 8, 6).map(({ left, top }) => [left, top])).toEqual([
      [0, 0],
      [6, 0],
      [12, 0],
      [0, 5],
      [6, 5],
      [12, 5],
    ]);
  });

  it('is one window where the crop covers the image, no larger than the image', () => {
    expect(slidingWindows({ width: 8, height: 8 }, 8, 5)).toEqual([{ left: 0, top: 0, width: 8, height: 8 }]);
    expect(slidingWindows({ width: 3, height: 12 }, 8, 8)).toEqual([
      { left: 0, top: 0, width: 3, height: 8 },
      { left: 0, top: 4, width: 3, height: 8 },
    ]);
  });
});

describe('WindowScores', () => {
  const classes = 3;
  const grid = { rows: 2, columns: 2 };
  const crop = { width: 8, height: 8 };
  const draw = (seed: number) => {
    const next = numbers(seed);
    return Float32Array.from({ length: 4 * classes }, () => 4 * next() - 2);
  };

  it('is the argmax of the logits resized to the original, for a window that covers the image', () => {
    const logits = draw(1);
    const scores = new WindowScores(crop, classes);
    scores.add({ left: 0, top: 0, ...crop }, logits, grid, crop);
    const square = upsampleScores(logits, grid, { rows: 8, columns: 8 }, classes);
    const resized = upsampleScores(square, { rows: 8, columns: 8 }, { rows: 11, columns: 19 }, classes);
    expect(scores.labels({ width: 19, height: 11 })).toEqual(argmaxScores(resized, classes));
  });

  it('averages where windows overlap, and leaves out what lies outside of the image', () => {
    const size = { width: 12, height: 6 };
    const windows = slidingWindows(size, 8, 8);
    const scores = new WindowScores(size, classes);
    const upsampled = windows.map((window, i) => {
      const logits = draw(10 + i);
      scores.add(window, logits, grid, crop);
      return upsampleScores(logits, grid, { rows: 8, columns: 8 }, classes);
    });
    const expected = Array.from({ length: 72 }, (_, p) => {
      const [x, y] = [p % 12, Math.floor(p / 12)];
      const covering = windows.flatMap(({ left }, i) => (x >= left && x < left + 8 ? [{ left, i }] : []));
      expect(covering.length).toBe(x >= 4 && x < 8 ? 2 : 1);
      const means = Array.from({ length: classes }, (_, c) =>
        covering.reduce((sum, { left, i }) => sum + upsampled[i]![(y * 8 + x - left) * classes + c]!, 0),
      );
      return means.indexOf(Math.max(...means));
    });
    expect([...scores.labels(size)]).toEqual(expected);
  });
});
