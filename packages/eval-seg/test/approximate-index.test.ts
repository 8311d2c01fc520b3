import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { recallAtK } from '../src/dense/recall.js';
import {
  type CreateIndex,
  denseNearestNeighbours,
  evaluateDenseNN,
  extractPatchFeatures,
  type FeatureRows,
  type Neighbours,
} from '../src/index.js';
import { colourModel } from './colour-model.js';
import { scenes } from './scenes.js';
import { hnsw } from './usearch-index.js';

const model = colourModel(8);
const sizes = { imageSize: 32, patchSize: 8 };

/** An index that compares a query with every row it was given, but does not see rows that `skips` names. */
function lossyIndex(skips: (number: number) => boolean, seen: number[] = []): CreateIndex {
  return (dim, total) => {
    seen.push(total);
    const rows: Float32Array[] = [];
    return {
      add: ({ values, rows: count }: FeatureRows) => {
        for (let i = 0; i < count; i++) rows.push(values.slice(i * dim, (i + 1) * dim));
      },
      nearest: async (queries: FeatureRows, k: number): Promise<Neighbours> => {
        const indices = new Int32Array(queries.rows * k).fill(-1);
        const similarities = new Float32Array(queries.rows * k).fill(Number.NEGATIVE_INFINITY);
        for (let q = 0; q < queries.rows; q++) {
          const scored = rows
            .map((row, number) => ({
              number,
              similarity: row.reduce((sum, value, i) => sum + value * queries.values[q * dim + i]!, 0),
            }))
            .filter(({ number }) => !skips(number))
            .sort((a, b) => b.similarity - a.similarity)
            .slice(0, k);
          scored.forEach(({ number, similarity }, i) => {
            indices[q * k + i] = number;
            similarities[q * k + i] = similarity;
          });
        }
        return { indices, similarities };
      },
    };
  };
}

describe('recallAtK', () => {
  it('is the share of the exact neighbours that were found, in any order', () => {
    const exact = Int32Array.of(1, 2, 3, 4, 5, 6);
    expect(recallAtK(exact, exact, 3)).toBe(1);
    expect(recallAtK(Int32Array.of(3, 9, 1, 8, -1, -1), exact, 3)).toBe(2 / 6);
    expect(recallAtK(Int32Array.of(1, -1, -1), Int32Array.of(1, 7, -1), 3)).toBe(1 / 2);
  });
});

onBackends(['cpu', 'onnxruntime'], () => {
  describe('denseNearestNeighbours with an index', () => {
    const retrieval = { classes: 4, k: 5, subsampling: [1, 3], seeds: 2 };
    const features = async () => ({
      memory: await extractPatchFeatures(model, scenes('memory', 9, 1), sizes),
      query: await extractPatchFeatures(model, scenes('query', 3, 2), { ...sizes, keepMasks: true }),
    });

    it('comes to the exact result if the index finds everything, in every memory, and reports its phases', async () => {
      const data = await features();
      const exact = await denseNearestNeighbours({ ...data, ...retrieval });
      const seen: number[] = [];
      const phases: string[] = [];
      const approximate = await denseNearestNeighbours({
        ...data,
        ...retrieval,
        createIndex: lossyIndex(() => false, seen),
        onProgress: (done, total, phase) => phases.push(`${phase} ${done}/${total}`),
      });
      expect(seen).toEqual(exact.map(({ memoryPatches }) => memoryPatches));
      approximate.forEach(({ subset, recall, patch, pixelBilinear }, i) => {
        expect(subset).toEqual(exact[i]!.subset);
        // Similarities that are equal but for rounding change places.
        expect(recall).toBeGreaterThan(0.98);
        expect(Math.abs(patch.meanIoU()! - exact[i]!.patch.meanIoU()!)).toBeLessThan(0.02);
        expect(Math.abs(pixelBilinear!.meanIoU()! - exact[i]!.pixelBilinear!.meanIoU()!)).toBeLessThan(0.02);
      });
      const rows = seen.reduce((sum, count) => sum + count, 0);
      expect(phases).toEqual([
        'recall 48/48',
        `index ${seen[0]}/${rows}`,
        'retrieval 48/144',
        `index ${seen[0]! + seen[1]!}/${rows}`,
        'retrieval 96/144',
        `index ${rows}/${rows}`,
        'retrieval 144/144',
      ]);
    });

    it('tells how many of the exact neighbours an index loses', async () => {
      const data = await features();
      const [whole] = await denseNearestNeighbours({
        ...data,
        ...retrieval,
        subsampling: [1],
        createIndex: lossyIndex((number) => number % 2 === 0),
        recallQueries: 20,
      });
      expect(whole!.recall).toBeGreaterThan(0.2);
      expect(whole!.recall).toBeLessThan(0.8);
    });

    it('names what an index does wrong', async () => {
      const data = await features();
      const answering = (neighbours: Neighbours): CreateIndex => {
        return () => ({ add: () => undefined, nearest: () => neighbours });
      };
      const one = { ...data, ...retrieval, recallQueries: 1 };
      const similarities = new Float32Array(5);
      const tooFar = answering({ indices: Int32Array.of(0, 1, 2, 3, 1000), similarities });
      await expect(denseNearestNeighbours({ ...one, createIndex: tooFar })).rejects.toThrow(
        /^index: got row number 1000, wanted 0 to 1\d\d$/,
      );
      const tooFew = answering({ indices: Int32Array.of(0), similarities });
      await expect(denseNearestNeighbours({ ...one, createIndex: tooFew })).rejects.toThrow(
        'index: got 1 numbers and 5 similarities, wanted 1 queries x 5 neighbours',
      );
      const none = answering({ indices: new Int32Array(5).fill(-1), similarities });
      await expect(denseNearestNeighbours({ ...one, createIndex: none })).rejects.toThrow(
        'index: found no row for a query, wanted at least one',
      );
      await expect(denseNearestNeighbours({ ...one, createIndex: tooFew, recallQueries: 0 })).rejects.toThrow(
        'recallQueries: got 0, wanted a positive whole number',
      );
    });
  });

  describe('evaluateDenseNN with usearch', () => {
    it('finds nearly all neighbours, comes to the same mIoU and reports its recall', async () => {
      const options = {
        model,
        memory: scenes('memory', 40, 1),
        query: scenes('query', 6, 2),
        ...sizes,
        k: 10,
        subsampling: [1, 8],
        seeds: 2,
      };
      const exact = await evaluateDenseNN(options);
      const approximate = await evaluateDenseNN({ ...options, createIndex: hnsw, recallQueries: 50 });
      expect([exact.recallQueries, exact.ratios[0]!.recall]).toEqual([null, undefined]);
      expect(approximate.recallQueries).toBe(50);
      for (const [i, { recall, patch, runs }] of approximate.ratios.entries()) {
        expect(recall!.mean).toBeGreaterThan(0.95);
        expect(recall!.mean).toBeLessThanOrEqual(1);
        expect(runs).toBe(exact.ratios[i]!.runs);
        expect(patch.mIoU.mean).toBeCloseTo(exact.ratios[i]!.patch.mIoU.mean!, 1);
      }
      expect(JSON.parse(JSON.stringify(approximate))).toEqual(approximate);
    });
  });
});
