import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadIndex } from '../src/indexes/load.js';
import { scratch } from './cribo.js';

/** Rows of unit length, drawn from a fixed sequence. */
function unitRows(rows: number, dim: number, offset: number) {
  const values = Float32Array.from({ length: rows * dim }, (_, i) => Math.sin((i + offset) * 12.9898) * 2);
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * dim, (row + 1) * dim);
    const norm = Math.hypot(...vector);
    vector.forEach((value, i) => {
      vector[i] = value / norm;
    });
  }
  return { values, rows, dim };
}

type Rows = ReturnType<typeof unitRows>;
const dot = (a: Rows, row: number, b: Rows, other: number) =>
  Array.from({ length: a.dim }, (_, i) => a.values[row * a.dim + i]! * b.values[other * a.dim + i]!).reduce(
    (sum, product) => sum + product,
  );

function moduleOf(text: string): string {
  const path = join(scratch(), 'index.mjs');
  writeFileSync(path, text);
  return path;
}

describe('loadIndex', () => {
  describe('usearch', () => {
    const memory = unitRows(500, 12, 0);
    const queries = unitRows(20, 12, 77_777);
    const filled = async () => {
      const index = await (await loadIndex('usearch'))(12, 500);
      const half = 250 * 12;
      await index.add({ ...memory, values: memory.values.subarray(0, half), rows: 250 });
      await index.add({ ...memory, values: memory.values.subarray(half), rows: 250 });
      return index;
    };

    it('numbers the rows as they were added and gives dot products, most similar first', async () => {
      const { indices, similarities } = await (await filled()).nearest(queries, 5);
      let hits = 0;
      for (let q = 0; q < 20; q++) {
        const exact = Array.from({ length: 500 }, (_, row) => row)
          .sort((a, b) => dot(queries, q, memory, b) - dot(queries, q, memory, a))
          .slice(0, 5);
        for (let i = q * 5; i < q * 5 + 5; i++) {
          if (exact.includes(indices[i]!)) hits++;
          expect(similarities[i]).toBeCloseTo(dot(queries, q, memory, indices[i]!), 4);
          if (i % 5 > 0) expect(similarities[i]).toBeLessThanOrEqual(similarities[i - 1]!);
        }
      }
      expect(hits).toBeGreaterThan(95);
    });

    it('says where it has fewer rows than are asked for, of one query as of several', async () => {
      const create = await loadIndex('usearch');
      const index = await create(12, 3);
      await index.add({ ...memory, values: memory.values.subarray(0, 36), rows: 3 });
      for (const count of [1, 2]) {
        const some = { values: queries.values.subarray(0, count * 12), rows: count, dim: 12 };
        const { indices, similarities } = await index.nearest(some, 5);
        for (let q = 0; q < count; q++) {
          expect([...indices.subarray(q * 5, q * 5 + 3)].sort()).toEqual([0, 1, 2]);
          expect([...indices.subarray(q * 5 + 3, q * 5 + 5)]).toEqual([-1, -1]);
          expect([...similarities.subarray(q * 5 + 3, q * 5 + 5)]).toEqual([-Infinity, -Infinity]);
        }
      }
    });
  });

  it('takes an index of one’s own from a module', async () => {
    const path = moduleOf('export default (dim, rows) => ({ dim, rows });');
    expect(await (await loadIndex(path))(12, 500)).toEqual({ dim: 12, rows: 500 });
  });

  it.each([
    ['faiss', /^No index is called "faiss"; there is usearch, or the path of a module such as \.\/my-index\.mjs\.$/],
    ['./no-such-index.mjs', /^\.\/no-such-index\.mjs could not be loaded: Cannot find module /],
  ])('refuses %s in one sentence', async (name, sentence) => {
    await expect(loadIndex(name)).rejects.toThrow(sentence);
  });

  it('refuses a module without a function', async () => {
    await expect(loadIndex(moduleOf('export const index = 1;'))).rejects.toThrow(
      /index\.mjs exports nothing as default, expected a function that makes an index \(CreateIndex of @cribo\/eval-seg\)\.$/,
    );
    await expect(loadIndex(moduleOf('export default 7;'))).rejects.toThrow(/index\.mjs exports number as default/);
  });
});
