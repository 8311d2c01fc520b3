import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { drawInitialIndices, Generator } from '../src/index.js';

onBackends(['cpu', 'onnxruntime'], () => {
  it('draws different tokens within an image, the same ones from the same seed', async () => {
    const draw = (seed: number) => drawInitialIndices(Generator.fromSeed(seed), 3, 10, 6);
    const indices = draw(1);
    expect(indices.dtype).toBe('int32');
    const rows = await indices.array();
    for (const row of rows) {
      expect(new Set(row).size).toBe(6);
      expect(row.every((index) => index >= 0 && index < 10)).toBe(true);
    }
    expect(await draw(1).array()).toEqual(rows);
    expect(await draw(2).array()).not.toEqual(rows);
  });

  it('takes every token once where there are as many clusters', async () => {
    const [row] = await drawInitialIndices(Generator.fromSeed(3), 1, 8, 8).array();
    expect([...row!].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuses more clusters than tokens', () => {
    expect(() => drawInitialIndices(Generator.fromSeed(3), 1, 8, 9)).toThrow(
      'got 9, expected a whole number from 1 to 8',
    );
  });
});
