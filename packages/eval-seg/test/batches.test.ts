import { describe, expect, it } from 'vitest';
import { batches } from '../src/batches.js';

describe('batches', () => {
  const read = async (length: number, batchSize: number, load = async (index: number) => 10 * index) => {
    const found: [number, number[]][] = [];
    for await (const { first, items } of batches(length, batchSize, load)) found.push([first, items]);
    return found;
  };

  it('gives all items in order, the last batch with what is left', async () => {
    expect(await read(5, 2)).toEqual([
      [0, [0, 10]],
      [2, [20, 30]],
      [4, [40]],
    ]);
    expect(await read(2, 8)).toEqual([[0, [0, 10]]]);
    expect(await read(0, 3)).toEqual([]);
  });

  it('loads one batch ahead, and no more', async () => {
    const asked: number[] = [];
    const load = async (index: number) => asked.push(index);
    for await (const { first } of batches(6, 2, load)) {
      expect(asked).toEqual(Array.from({ length: Math.min(6, first + 4) }, (_, i) => i));
    }
  });

  it('throws a failure where its batch is due, the first of several, and none that is not due', async () => {
    const load = async (index: number) => {
      if (index >= 2) throw new Error(`item ${index} cannot be read`);
      return index;
    };
    const seen: number[][] = [];
    const all = async () => {
      for await (const { items } of batches(6, 2, load)) seen.push(items);
    };
    await expect(all()).rejects.toThrow('item 2 cannot be read');
    expect(seen).toEqual([[0, 1]]);
    // The second batch fails while the first is in use; a rejection that nobody hears would end the test run.
    for await (const { first } of batches(6, 2, load)) {
      await new Promise((resolve) => setTimeout(resolve));
      expect(first).toBe(0);
      break;
    }
  });
});
