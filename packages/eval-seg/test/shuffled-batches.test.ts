import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import { shuffledBatches } from '../src/training/shuffled-batches.js';

async function read(options: { length: number; batchSize: number; iterations: number }, seed = 1) {
  const load = async (index: number, rng: Generator) => ({ index, draw: rng.uniform() });
  const found: { index: number; draw: number }[][] = [];
  for await (const batch of shuffledBatches({ ...options, load }, Generator.fromSeed(seed))) found.push(batch);
  return found;
}

describe('shuffledBatches', () => {
  it.each([2, 5, 12])('gives full batches of %i and every image once a pass, in a new order', async (batchSize) => {
    const found = await read({ length: 5, batchSize, iterations: 10 });
    expect(found.map(({ length }) => length)).toEqual(Array(10).fill(batchSize));
    const images = found.flat().map(({ index }) => index);
    const passes = Array.from({ length: Math.floor(images.length / 5) }, (_, i) => images.slice(5 * i, 5 * i + 5));
    for (const pass of passes) expect([...pass].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(passes.map(String)).size).toBeGreaterThan(1);
    expect(new Set(found.flat().map(({ draw }) => draw)).size).toBe(images.length);
  });

  it('depends on the seed, not on the size of the batches', async () => {
    const small = await read({ length: 5, batchSize: 3, iterations: 4 });
    expect((await read({ length: 5, batchSize: 12, iterations: 1 })).flat()).toEqual(small.flat());
    expect(await read({ length: 5, batchSize: 3, iterations: 4 }, 2)).not.toEqual(small);
  });
});
