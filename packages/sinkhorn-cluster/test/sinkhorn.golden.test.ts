import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import { sinkhorn } from '../src/index.js';
import { maxRelativeError } from './compare.js';

describeGolden('sinkhorn', (vectors) => {
  onBackends(['cpu', 'onnxruntime'], () => {
    describe.each(Object.entries(vectors.json.runs as Record<string, Run>))('run %s', (name, run) => {
      it('gives the plan and its cost', async () => {
        const cost = vectors.tensor(`${name}/M`);
        const plan = sinkhorn(cost, vectors.tensor(`${name}/r`), vectors.tensor(`${name}/c`), {
          lambda: run.lambda_,
          iterations: run.iterations,
        });
        const tolerance = 10 * run.f32_vs_f64_max_rel;
        expect(maxRelativeError(await plan.data(), vectors.host(`${name}/P`).data)).toBeLessThan(tolerance);
        const total = tf.sum(tf.mul(plan, cost), [1, 2]);
        expect(maxRelativeError(await total.data(), vectors.host(`${name}/cost`).data)).toBeLessThan(tolerance);
      });
    });
  });
});

interface Run {
  lambda_: number;
  iterations: number;
  f32_vs_f64_max_rel: number;
}
