import { type ProjectedTarget, projectedCrossEntropy, softmaxCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { expectClose, random, toTensor } from './numeric.js';

const temperature = 0.2;

/** In one part, just in one, and in two parts of equal or unequal size. */
const rowCounts = [1, 7, 128, 192, 193, 300];

/** Features, a weight, and two targets, for more rows than go through at once. */
function problem(rows: number) {
  const tensor = (shape: number[], label: string) => toTensor(random(shape, label));
  const weightsOf = (every: number) => tf.tensor1d(Array.from({ length: rows }, (_, r) => (r % every === 0 ? 0.5 : 0)));
  return {
    features: tensor([rows, 4], 'features'),
    weight: tensor([4, 11], 'weight'),
    teacher: { weight: tensor([3, 11], 'teacher'), center: tensor([1, 11], 'center'), temperature: 0.3 },
    targets: [2, 3].map((every) => ({
      features: tensor([rows, 3], `target ${every}`),
      rowWeights: weightsOf(every),
    })),
  };
}

/** The same through the logits of all rows. */
function throughLogits(
  { teacher, targets }: ReturnType<typeof problem>,
  features: tf.Tensor,
  weight: tf.Tensor,
): tf.Tensor[] {
  return targets.map((target) => {
    const logits = tf.sub(tf.matMul(target.features as tf.Tensor2D, teacher.weight as tf.Tensor2D), teacher.center);
    const wanted = tf.softmax(tf.div(logits, teacher.temperature));
    const rows = softmaxCrossEntropy(
      tf.div(tf.matMul(features as tf.Tensor2D, weight as tf.Tensor2D), temperature),
      wanted,
    );
    return tf.sum(tf.mul(rows, target.rowWeights));
  });
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('cross-entropy behind an output layer', () => {
    it.each(rowCounts)('of %i rows: loss, terms and gradients are those through the logits', async (rows) => {
      const given = problem(rows);
      const { features, weight, teacher, targets } = given;
      const before = tf.memory().numTensors;
      const { loss, terms } = projectedCrossEntropy(features, weight, temperature, teacher, targets);
      expect(tf.memory().numTensors - before).toBe(2);
      const wanted = tf.tidy(() => tf.stack(throughLogits(given, features, weight)));
      await expectClose(terms, await wanted.data(), 2e-6, 'terms');
      await expectClose(loss, await tf.sum(wanted, 0, true).data(), 2e-6, 'loss');

      // The gradient of three times the loss: what is behind the loss has to reach it.
      const [dFeatures, dWeight] = tf.grads((x, w) =>
        tf.mul(projectedCrossEntropy(x, w, temperature, teacher, targets).loss, 3),
      )([features, weight]) as [tf.Tensor, tf.Tensor];
      const [wantedFeatures, wantedWeight] = tf.grads((x, w) => tf.mul(tf.addN(throughLogits(given, x, w)), 3))([
        features,
        weight,
      ]) as [tf.Tensor, tf.Tensor];
      await expectClose(dFeatures, await wantedFeatures.data(), 5e-6, 'gradient of the features');
      await expectClose(dWeight, await wantedWeight.data(), 5e-6, 'gradient of the weight');
    });

    it('rows of weight 0 add exactly nothing, however large their logits are', async () => {
      const { features, weight, teacher, targets } = problem(6);
      const huge = tf.concat([features, tf.fill([1, 4], 1e30)]);
      const longer = targets.map((target) => ({
        ...target,
        features: tf.concat([target.features, tf.fill([1, 3], -1e30)]),
        rowWeights: tf.concat([target.rowWeights, tf.zeros([1])]),
      }));
      const run = (x: tf.Tensor, of: ProjectedTarget[]) =>
        tf.valueAndGrads((x, w) => projectedCrossEntropy(x, w, temperature, teacher, of).loss)([x, weight]);
      const [plain, padded] = [run(features, targets), run(huge, longer)];
      await expectClose(padded.value, await plain.value.data(), 1e-6, 'loss');
      await expectClose(padded.grads[1]!, await plain.grads[1]!.data(), 2e-6, 'gradient of the weight');
      const last = tf.slice(padded.grads[0]!, [6, 0], [1, 4]);
      expect([...(await last.data())].map(Math.abs)).toEqual([0, 0, 0, 0]);
    });

    it('names the argument that does not fit', () => {
      const { features, weight, teacher, targets } = problem(3);
      expect(() => projectedCrossEntropy(features, tf.zeros([5, 11]), 1, teacher, targets)).toThrow(
        'weight: got shape [5, 11], wanted [4, *]',
      );
      expect(() =>
        projectedCrossEntropy(features, weight, 1, teacher, [{ ...targets[0]!, rowWeights: tf.zeros([2]) }]),
      ).toThrow('rowWeights: got shape [2], wanted [3]');
    });
  });
});
