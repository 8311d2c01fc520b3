import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import { type Clustering, type ClusterOptions, clusterJointly, poolObjects } from '../src/index.js';
import { maxError } from './compare.js';

/** Specifies one of the joint-clustering files, whose views have `side` × `side` patches. */
export function specifyGoldenClustering(file: string, side: number): void {
  describeGolden(file, (vectors) => {
    const runs = Object.entries(vectors.json.runs as Record<string, Run>);
    onBackends(['cpu', 'onnxruntime'], (backend) => {
      describe.each(runs)('run %s', (name, run) => {
        const grid = { rows: side, columns: side };
        it('gives the labels of every iteration and the objects, on grids', () => check(name, run, { grid }));
        // Comparing all pairs of tokens takes plain JavaScript seconds for the larger runs.
        const tooSlow = backend === 'cpu' && run.K * side > 50;
        if (run.pos_alpha !== 0 && !tooSlow) {
          it('gives the same without knowing of grids', () => check(name, run, {}));
        }
      });
    });

    async function check(name: string, run: Run, how: Pick<ClusterOptions, 'grid'>) {
      const tokens = perView(vectors.tensor(run.tokens));
      const clustering = clusterJointly(tokens, perView(vectors.tensor('positions')), vectors.tensor(`${name}/init`), {
        clusters: run.K,
        variant: 'released',
        posAlpha: run.pos_alpha,
        updateMarginal: run.update_c ?? false,
        history: true,
        ...how,
      });
      await checkIterations(name, run, clustering);
      await checkObjects(name, run, clustering, tokens);
    }

    async function checkIterations(name: string, run: Run, { history }: Clustering) {
      const wanted = (key: string) =>
        vectors.keys.includes(`${name}/${key}`) ? vectors.host(`${name}/${key}`) : undefined;
      const hard = wanted('hard') ?? wanted('multihot')!;
      const size = hard.data.length / history!.length;
      for (const [i, { labels, plan, cost, columnMarginal }] of history!.entries()) {
        const found = run.ties ? tf.equal(plan, tf.max(plan, 2, true)) : labels;
        expect([...(await found.data())], `iteration ${i + 1}`).toEqual([
          ...(hard.data as Int32Array).subarray(i * size, (i + 1) * size),
        ]);
        const marginal = wanted('c_marginal')?.data as Float32Array | undefined;
        if (marginal) {
          const here = marginal.subarray((i * marginal.length) / 5, ((i + 1) * marginal.length) / 5);
          expect(maxError(await columnMarginal.data(), here)).toBeLessThan(1e-6);
        }
        const goldenCost = wanted(`M${i}`);
        if (goldenCost) {
          expect(maxError(await cost.data(), goldenCost.data)).toBeLessThan(10 * run.M_f32_vs_f64_maxabs);
          // exp(-20 M) turns an error of M into twenty times that relative error of P.
          const plans = wanted(`P${i}`)!;
          const largest = (plans.data as Float32Array).reduce((a, b) => Math.max(a, b));
          expect(maxError(await plan.data(), plans.data)).toBeLessThan(200 * run.M_f32_vs_f64_maxabs * largest);
        }
      }
    }

    async function checkObjects(name: string, run: Run, clustering: Clustering, tokens: tf.Tensor) {
      const valid = vectors.host(`${name}/valid`);
      expect([...(await clustering.valid.data())]).toEqual([...(valid.data as Uint8Array)]);
      const assignment = await clustering.assignment.data();
      if (vectors.keys.includes(`${name}/assign`)) {
        expect(maxError(assignment, vectors.host(`${name}/assign`).data)).toBeLessThan(1e-6);
      } else {
        const rowValues = await tf.max(clustering.assignment, 3).data();
        expect(maxError(rowValues, vectors.host(`${name}/assign_row_value`).data)).toBeLessThan(1e-6);
      }
      const [first, second] = tf.unstack(poolObjects(tokens, clustering.assignment)) as [tf.Tensor, tf.Tensor];
      const tolerance = 10 * (run.f32_vs_f64_centroids_maxabs ?? 5e-7);
      for (const [key, objects] of [
        ['c1', first],
        ['c2', second],
      ] as const) {
        const kept = validRows(await objects.data(), valid.data as Uint8Array);
        expect(maxError(kept, vectors.host(`${name}/${key}`).data)).toBeLessThan(tolerance);
      }
    }
  });
}

interface Run {
  tokens: string;
  K: number;
  pos_alpha: number;
  update_c: boolean;
  ties?: boolean;
  M_f32_vs_f64_maxabs: number;
  f32_vs_f64_centroids_maxabs?: number;
}

/** `[B,2N,c]` → `[2,B,N,c]`. */
function perView(joint: tf.Tensor): tf.Tensor {
  const [images, tokens, channels] = joint.shape as [number, number, number];
  return tf.transpose(tf.reshape(joint, [images, 2, tokens / 2, channels]), [1, 0, 2, 3]);
}

function validRows(rows: ArrayLike<number>, valid: Uint8Array): number[] {
  const width = rows.length / valid.length;
  return [...valid].flatMap((keep, i) => (keep ? Array.prototype.slice.call(rows, i * width, (i + 1) * width) : []));
}
