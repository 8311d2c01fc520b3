import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type FeatureRows, nearestNeighbours } from '../src/index.js';
import { search } from '../src/search/search.js';
import { unitRows } from './numbers.js';

/** All similarities in float64, sorted whole. */
function bruteForce(memory: FeatureRows, queries: FeatureRows, k: number, isMember = (_: number) => true): number[][] {
  return Array.from({ length: queries.rows }, (_, q) => {
    const scored: { row: number; similarity: number }[] = [];
    for (let row = 0; row < memory.rows; row++) {
      let similarity = 0;
      for (let i = 0; i < memory.dim; i++)
        similarity += memory.values[row * memory.dim + i]! * queries.values[q * queries.dim + i]!;
      if (isMember(row)) scored.push({ row, similarity });
    }
    return scored
      .sort((a, b) => b.similarity - a.similarity || a.row - b.row)
      .slice(0, k)
      .map(({ row }) => row);
  });
}

function rowsOf(indices: Int32Array, k: number): number[][] {
  return Array.from({ length: indices.length / k }, (_, q) => [...indices.subarray(q * k, (q + 1) * k)]);
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('nearestNeighbours', () => {
    const memory = unitRows(203, 7, 1);
    const queries = unitRows(37, 7, 2);

    it.each([
      [16, 5],
      [48, 37],
      [256, 64],
    ])('equals sorting all similarities, in blocks of %i rows and %i queries', async (rows, columns) => {
      const { indices, similarities } = await nearestNeighbours(memory, queries, {
        k: 9,
        blockSize: { memory: rows, queries: columns },
      });
      expect(rowsOf(indices, 9)).toEqual(bruteForce(memory, queries, 9));
      for (let i = 1; i < similarities.length; i++)
        if (i % 9 > 0) expect(similarities[i]).toBeLessThanOrEqual(similarities[i - 1]!);
    });

    it('finds negative similarities behind padded rows, and the smaller row among equal ones', async () => {
      const same = {
        values: Float32Array.from({ length: 20 * 2 }, (_, i) => (i % 2 === 0 ? -1 : 0)),
        rows: 20,
        dim: 2,
      };
      const query = { values: Float32Array.of(1, 0), rows: 1, dim: 2 };
      const { indices, similarities } = await nearestNeighbours(same, query, {
        k: 4,
        blockSize: { memory: 16, queries: 3 },
      });
      expect([[...indices], [...similarities]]).toEqual([
        [0, 1, 2, 3],
        [-1, -1, -1, -1],
      ]);
    });

    it('says where there are fewer rows than k', async () => {
      const { indices, similarities } = await nearestNeighbours(unitRows(2, 3, 1), unitRows(1, 3, 1), {
        k: 3,
        blockSize: { memory: 16, queries: 1 },
      });
      expect([indices[2], similarities[2]]).toEqual([-1, -Infinity]);
    });

    it('searches several subsets in one pass and leaks no tensor', async () => {
      const subsets = [3, 7, 50].map((step) =>
        Uint8Array.from({ length: 203 }, (_, row) => (row % step === 1 ? 1 : 0)),
      );
      const before = tf.memory().numTensors;
      for await (const { firstQuery, count, nearest } of search(memory, queries, {
        k: 4,
        subsets,
        blockSize: { memory: 32, queries: 16 },
      })) {
        subsets.forEach((members, i) => {
          const expected = bruteForce(memory, queries, 4, (row) => members[row] === 1);
          expect(rowsOf(nearest[i]!.indices.subarray(0, count * 4), 4)).toEqual(
            expected.slice(firstQuery, firstQuery + count),
          );
        });
      }
      expect(tf.memory().numTensors).toBe(before);
    });

    it('holds two blocks of similarities at most, however large the memory is, and reports every block', async () => {
      const blockSize = { memory: 32, queries: 16 };
      const held = async (rows: number) => {
        const before = tf.memory();
        const bytes: number[] = [];
        const done: number[] = [];
        const options = {
          k: 4,
          subsets: [new Uint8Array(rows).fill(1)],
          blockSize,
          onProgress: (count: number) => {
            bytes.push(tf.memory().numBytes - before.numBytes);
            done.push(count);
          },
        };
        for await (const { count } of search(unitRows(rows, 7, 1), queries, options)) expect(count).toBeGreaterThan(0);
        expect(tf.memory().numTensors).toBe(before.numTensors);
        return { bytes: Math.max(...bytes), done };
      };
      const small = await held(96);
      const large = await held(960);
      // The queries of a block; the rows of the next block and their similarities, which are computed meanwhile.
      const bound = 4 * (7 * 16 + 32 * 7 + 32 * 16);
      expect(small.bytes).toBeGreaterThan(0);
      expect(large.bytes).toBeLessThanOrEqual(bound);
      expect(large.bytes).toBe(small.bytes);
      // 37 queries in blocks of 16, 16 and 5; a third of each after every block of 32 of the 96 memory rows.
      expect(small.done).toEqual([5, 10, 16, 21, 26, 32, 33, 35, 37]);
    });

    it('names an argument that does not fit', async () => {
      await expect(nearestNeighbours(memory, unitRows(3, 6, 1), { k: 1 })).rejects.toThrow(
        'queries: got features of 6 values, wanted 7 as in the memory',
      );
      await expect(nearestNeighbours({ ...memory, rows: 4 }, queries, { k: 1 })).rejects.toThrow(
        'memory: got 1421 values, wanted 4 rows of 7 = 28',
      );
      await expect(nearestNeighbours(memory, queries, { k: 0 })).rejects.toThrow('k: got 0');
      await expect(nearestNeighbours(memory, queries, { k: 1, blockSize: { memory: 30 } })).rejects.toThrow(
        'blockSize.memory: got 30, wanted a multiple of 8',
      );
    });
  });
});
