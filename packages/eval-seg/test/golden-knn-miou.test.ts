import { describe, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import {
  argmaxPixels,
  argmaxScores,
  ConfusionMatrix,
  denseNearestNeighbours,
  nearestNeighbours,
  type PatchFeatures,
  patchLabels,
  upsampleNearest,
  upsampleScores,
  voteScores,
} from '../src/index.js';

/** One image after the other. */
function slices<T extends { subarray(start: number, end: number): T; length: number }>(values: T, count: number): T[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

describeGolden('knn-miou', (file) => {
  const floats = (key: string) => file.host(key).data as Float32Array;
  const bytes = (key: string) => Uint8Array.from(file.host(key).data as Int32Array);
  const {
    num_classes: classes,
    patch,
    d: dim,
    temperature,
    runs,
  } = file.json as {
    num_classes: number;
    patch: number;
    d: number;
    temperature: number;
    runs: Record<string, { miou: number; pixel_accuracy: number }>;
  };

  function features(name: 'mem' | 'query'): PatchFeatures {
    const [images, rows, columns] = file.host(`${name}_features`).shape as [number, number, number, number];
    const values = floats(`${name}_features`).slice();
    for (let start = 0; start < values.length; start += dim) {
      const row = values.subarray(start, start + dim);
      const norm = Math.hypot(...row);
      row.forEach((value, i) => {
        row[i] = value / norm;
      });
    }
    return {
      values,
      rows: images * rows * columns,
      dim,
      labels: bytes(`${name}_patch_labels`),
      images,
      grid: { rows, columns },
      pixels: { rows: rows * patch, columns: columns * patch },
      masks: slices(bytes(`${name}_masks`), images),
    };
  }
  const memory = features('mem');
  const query = features('query');

  it('gives every patch the majority label of its pixels', () => {
    for (const { masks, pixels, labels } of [memory, query]) {
      const voted = masks!.map((data) => patchLabels({ width: pixels.columns, height: pixels.rows, data }, patch));
      expect(voted.flatMap((image) => [...image])).toEqual([...labels]);
    }
  });

  it('upsamples to sizes that are no multiples', () => {
    const to = { rows: 29, columns: 53 };
    const predicted = slices(bytes('k5/softmax/patch_pred'), 2);
    const nearest = predicted.flatMap((image) => [...upsampleNearest(image, query.grid, to)]);
    expect(nearest).toEqual([...file.host('nonint/nearest_29x53').data]);
    const scores = slices(floats('k5/softmax/scores'), 2);
    const upsampled = scores.flatMap((image) => [...upsampleScores(image, query.grid, to, classes)]);
    expectClose(upsampled, floats('nonint/scores_29x53'));
  });

  onBackends(['cpu', 'onnxruntime'], () => {
    describe.each([5, 20])('k = %i', (k) => {
      it('finds the same neighbours', async () => {
        const keep = [...file.host('mem_keep').data].flatMap((kept, row) => (kept ? [row] : []));
        const kept = { values: new Float32Array(keep.length * dim), rows: keep.length, dim };
        keep.forEach((row, i) => {
          kept.values.set(memory.values.subarray(row * dim, (row + 1) * dim), i * dim);
        });
        const blockSize = { memory: 64, queries: 32 };
        const { indices, similarities } = await nearestNeighbours(kept, query, { k, blockSize });
        expect([...indices]).toEqual([...file.host(`k${k}/neighbours`).data]);
        expectClose(similarities, floats(`k${k}/similarities`));
      });

      it.each(['softmax', 'majority'] as const)('scores, labels and counts alike by %s vote', async (vote) => {
        const run = `k${k}/${vote}`;
        const predictions: { patches: Uint8Array; pixels: Uint8Array }[] = [];
        const [result] = await denseNearestNeighbours({
          memory,
          query,
          classes,
          k,
          vote,
          temperature,
          subsampling: [1],
          blockSize: { memory: 64, queries: 24 },
          onPrediction: (prediction) => predictions.push(prediction),
        });
        expect(predictions.flatMap(({ patches }) => [...patches])).toEqual([...file.host(`${run}/patch_pred`).data]);
        const margin = floats(`${run}/pixel_bilinear_margin`);
        const decided = (labels: ArrayLike<number>) => Array.from(labels).filter((_, i) => margin[i]! >= 1e-6);
        const pixels = predictions.flatMap((prediction) => [...prediction.pixels]);
        expect(decided(pixels)).toEqual(decided(file.host(`${run}/pixel_bilinear`).data as Int32Array));

        expectCounts(result!.patch, `${run}/patch`);
        expectCounts(result!.pixelNearest!, `${run}/nearest`);
        // Pixels with tied scores may go either way, so the counts are compared where there are none.
        expectCounts(result!.pixelBilinear!, `${run}/bilinear`);
      });

      it.each(['softmax', 'majority'] as const)('has the scores of the %s vote', (vote) => {
        const keptLabels = memory.labels.filter((label) => label !== 255);
        const neighbours = {
          indices: Int32Array.from(file.host(`k${k}/neighbours`).data as Int32Array),
          similarities: floats(`k${k}/similarities`),
        };
        const scores = voteScores(neighbours, keptLabels, k, { vote, temperature, classes });
        expectClose(scores, floats(`k${k}/${vote}/scores`));
        expect([...argmaxScores(scores, classes)]).toEqual([...file.host(`k${k}/${vote}/patch_pred`).data]);
      });
    });
  });

  it.each(Object.keys(runs))('%s: same confusion from the same predictions', (run) => {
    const prediction = { patch: 'patch_pred', nearest: 'pixel_nearest', bilinear: 'pixel_bilinear' };
    const level = run.split('/')[2] as keyof typeof prediction;
    const matrix = new ConfusionMatrix(classes);
    const truth = bytes(level === 'patch' ? 'query_patch_labels' : 'query_masks');
    matrix.add(truth, bytes(`${run.slice(0, run.lastIndexOf('/'))}/${prediction[level]}`));
    expectCounts(matrix, run);
  });

  it('upsamples scores and takes the best class of every pixel', () => {
    for (const run of ['k5/softmax', 'k20/majority']) {
      const margin = floats(`${run}/pixel_bilinear_margin`);
      const pixels = slices(floats(`${run}/scores`), 2).flatMap((scores) => [
        ...argmaxPixels(scores, query.grid, query.pixels, classes),
      ]);
      const expected = file.host(`${run}/pixel_bilinear`).data;
      expect(pixels.filter((label, i) => margin[i]! >= 1e-6 && label !== expected[i])).toEqual([]);
    }
  });

  function expectCounts(matrix: ConfusionMatrix, run: string): void {
    expect([...matrix.counts]).toEqual([...file.host(`${run}/confusion`).data]);
    const present = [...file.host(`${run}/present`).data].map(Boolean);
    expect(matrix.iou().map((iou) => iou !== null)).toEqual(present);
    expectClose(
      matrix.iou().map((iou) => iou ?? 0),
      floats(`${run}/iou`),
    );
    expect(matrix.meanIoU()).toBeCloseTo(runs[run]!.miou, 12);
    expect(matrix.accuracy()).toBeCloseTo(runs[run]!.pixel_accuracy, 12);
  }
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-6): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  expect(worst).toBeLessThan(tolerance);
}
