import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { type Clustering, type ClusterOptions, clusterJointly, clusterKMeans } from '../src/index.js';
import { bruteForceLabels } from './brute-force.js';
import { type SceneOptions, scene } from './scenes.js';

onBackends(['cpu', 'onnxruntime'], () => {
  describe('against plain loops in float64', () => {
    const scenes: Record<string, SceneOptions> = {
      'two crops': { seed: 1, images: 2, rows: 4, columns: 4, clusters: 5 },
      'views wider than high': { seed: 8, images: 2, rows: 2, columns: 5, clusters: 4 },
      'the same crop twice': { seed: 2, images: 2, rows: 3, columns: 3, clusters: 4, sameCrop: true },
      'scattered positions': { seed: 3, images: 2, rows: 4, columns: 4, clusters: 5, scattered: true },
      'as many clusters as tokens': { seed: 4, images: 1, rows: 2, columns: 2, clusters: 8 },
      'one cluster': { seed: 5, images: 1, rows: 2, columns: 2, clusters: 1 },
    };
    describe.each(Object.entries(scenes))('%s', (_, sceneOptions) => {
      it.each(['paper', 'released'] as const)('clusterJointly as %s', async (variant) => {
        await expectBruteForceLabels(sceneOptions, variant, false);
      });
      it.each(['paper', 'released'] as const)('clusterKMeans as %s', async (variant) => {
        await expectBruteForceLabels(sceneOptions, variant, true);
      });
    });

    it('the variants disagree on the same input', () => {
      const { images } = scene(scenes['two crops']!);
      const labels = (variant: 'paper' | 'released') =>
        bruteForceLabels(images, { variant, posAlpha: 1, iterations: 5 });
      expect(labels('paper')).not.toEqual(labels('released'));
    });
  });

  it('separates two blobs of features and marks both as valid', async () => {
    const { assignment, valid, labels } = clusterJointly(twoBlobs(), square(), tf.tensor2d([[0, 2]], [1, 2], 'int32'), {
      clusters: 2,
      variant: 'paper',
      posAlpha: 0,
    });
    expect(await labels.array()).toEqual([[0, 0, 1, 1, 1, 1, 0, 0]]);
    expect(await valid.array()).toEqual([[1, 1]]);
    expect(await assignment.array()).toEqual([
      [
        [
          [0.5, 0],
          [0.5, 0],
          [0, 0.5],
          [0, 0.5],
        ],
      ],
      [
        [
          [0, 0.5],
          [0, 0.5],
          [0.5, 0],
          [0.5, 0],
        ],
      ],
    ]);
  });

  it('lets positions separate tokens of equal features', async () => {
    const equal = tf.ones([2, 1, 4, 3]);
    const { labels } = clusterJointly(equal, square(), tf.tensor2d([[0, 3]], [1, 2], 'int32'), {
      clusters: 2,
      variant: 'paper',
      posAlpha: 1,
    });
    const [first] = await labels.array();
    expect(first![0]).toBe(0);
    expect(first![3]).toBe(1);
  });

  it('a cluster that lives in one view only is not valid', async () => {
    const red = [1, 0];
    const blue = [0, 1];
    const tokens = tf.tensor4d([[[red, red, blue, blue]], [[red, red, red, red]]]);
    const options: ClusterOptions = { clusters: 2, variant: 'paper', posAlpha: 0 };
    const { valid, assignment } = clusterKMeans(tokens, square(), tf.tensor2d([[0, 2]], [1, 2], 'int32'), options);
    expect(await valid.array()).toEqual([[1, 0]]);
    expect(await tf.sum(assignment, 2).array()).toEqual([[[1, 1]], [[1, 0]]]);
  });

  it('an empty cluster has an all-zero column and is not valid', async () => {
    const { tokens, positions, init } = scene({ seed: 6, images: 2, rows: 3, columns: 3, clusters: 9 });
    const { valid, assignment } = clusterJointly(tokens, positions, init, {
      clusters: 9,
      variant: 'released',
      posAlpha: 1,
    });
    const sums = (await tf.sum(assignment, 2).array()) as number[][][];
    const validity = await valid.array();
    expect(validity.flat()).toContain(0);
    for (const [b, row] of validity.entries()) {
      for (const [k, isValid] of row.entries()) {
        const inViews = [sums[0]![b]![k]!, sums[1]![b]![k]!];
        for (const sum of inViews) expect(Math.min(Math.abs(sum), Math.abs(sum - 1))).toBeLessThan(1e-6);
        expect(isValid === 1).toBe(inViews.every((sum) => sum > 0.5));
      }
    }
  });

  it('stays finite where all tokens are the same', async () => {
    const { assignment } = clusterJointly(
      tf.ones([2, 1, 4, 3]),
      tf.zeros([2, 1, 4, 2]),
      tf.tensor2d([[0, 1]], [1, 2], 'int32'),
      {
        clusters: 2,
        variant: 'released',
        posAlpha: 1,
      },
    );
    expect([...(await assignment.data())].every(Number.isFinite)).toBe(true);
  });

  it('keeps nothing but its result, and returns history only when asked', () => {
    const { tokens, positions, init } = scene({ seed: 7, images: 2, rows: 3, columns: 3, clusters: 4 });
    const options: ClusterOptions = { clusters: 4, variant: 'released', posAlpha: 1 };
    const before = tf.memory().numTensors;
    for (const grid of [undefined, { rows: 3, columns: 3 }]) {
      const plain = clusterJointly(tokens, positions, init, grid ? { ...options, grid } : options);
      expect(plain.history).toBeUndefined();
      expect(tf.memory().numTensors).toBe(before + 3);
      tf.dispose(plain);
    }
    const full = clusterJointly(tokens, positions, init, { ...options, iterations: 2, history: true });
    expect(full.history).toHaveLength(2);
    tf.dispose(full);
    expect(tf.memory().numTensors).toBe(before);
  });
});

onBackends(['cpu'], () => {
  describe('arguments that do not fit', () => {
    const tokens = () => tf.zeros([2, 1, 4, 3]);
    const positions = () => tf.zeros([2, 1, 4, 2]);
    const init = (clusters: number) => tf.zeros([1, clusters], 'int32');
    const options = (clusters: number): ClusterOptions => ({ clusters, variant: 'paper', posAlpha: 1 });

    it('more clusters than tokens', () => {
      expect(() => clusterJointly(tokens(), positions(), init(9), options(9))).toThrow(
        'clusters: got 9, expected a whole number from 1 to 8, the tokens of an image in both views.',
      );
    });
    it('positions of another number of tokens', () => {
      expect(() => clusterKMeans(tokens(), tf.zeros([2, 1, 5, 2]), init(2), options(2))).toThrow('positions');
    });
    it('initial indices for another number of clusters', () => {
      expect(() => clusterJointly(tokens(), positions(), init(3), options(2))).toThrow('initIndices');
    });
    it('a grid of another number of patches', () => {
      expect(() =>
        clusterJointly(tokens(), positions(), init(2), { ...options(2), grid: { rows: 3, columns: 2 } }),
      ).toThrow('grid: 3 rows of 2 patches are 6, but a view has 4 tokens.');
    });
  });
});

async function expectBruteForceLabels(sceneOptions: SceneOptions, variant: 'paper' | 'released', kMeans: boolean) {
  const { tokens, positions, init, images } = scene(sceneOptions);
  const { rows, columns, clusters, scattered } = sceneOptions;
  const iterations = 4;
  const options: ClusterOptions = { clusters, variant, posAlpha: 1.5, iterations, history: true };
  const wanted = bruteForceLabels(images, { variant, posAlpha: 1.5, iterations, kMeans });
  const run = kMeans ? clusterKMeans : clusterJointly;
  expect(await labelHistory(run(tokens, positions, init, options))).toEqual(wanted);
  if (scattered) return;
  const onGrid = run(tokens, positions, init, { ...options, grid: { rows, columns } });
  expect(await labelHistory(onGrid)).toEqual(wanted);
}

function labelHistory({ history }: Clustering): Promise<number[][][]> {
  return Promise.all(history!.map(({ labels }) => labels.array()));
}

/** Two views of four tokens in two directions; the second view is mirrored. */
function twoBlobs(): tf.Tensor4D {
  const a = [5, 0.1];
  const b = [0.2, 3];
  return tf.tensor4d([[[a, a, b, b]], [[b, b, a, a]]]);
}

/** Both views see the same 2 × 2 patches. */
function square(): tf.Tensor4D {
  const corners = [
    [8, 8],
    [24, 8],
    [8, 24],
    [24, 24],
  ];
  return tf.tensor4d([[corners], [corners]]);
}
