import { type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeGolden, onBackends } from '../../../test-support/golden.js';
import { ConfusionMatrix, linearHeadLogits, segmentationLoss } from '../src/index.js';
import { WindowScores } from '../src/segmentation/window-scores.js';

describeGolden('linear-head', (file) => {
  const { grid, num_classes: classes, H: height, W: width } = file.json;
  const [rows, columns] = grid as [number, number];
  const patches = { rows, columns };
  const floats = (key: string) => file.host(key).data as Float32Array;
  /** `[B, C, P]` to `[B, P, C]`, as the reference keeps classes before positions. */
  const classesLast = (key: string) => {
    const [batch, , ...positions] = file.host(key).shape as [number, number, ...number[]];
    const count = positions.reduce((product, size) => product * size, 1);
    const values = floats(key);
    return Float32Array.from(values, (_, i) => {
      const [position, c] = [Math.floor(i / classes) % count, i % classes];
      return values[(Math.floor(i / (classes * count)) * classes + c) * count + position]!;
    }).subarray(0, batch * count * classes);
  };

  onBackends(['cpu', 'onnxruntime'], () => {
    let head: Params;
    let tokens: tf.Tensor;
    let labels: tf.Tensor;
    beforeAll(() => {
      const stored = file.tensor('weight');
      head = { weight: tf.transpose(stored), bias: file.tensor('bias') };
      stored.dispose();
      [tokens, labels] = [file.tensor('tokens'), file.tensor('gt')];
    });
    afterAll(() => tf.dispose([head, tokens, labels]));

    it('gives the logits of every patch', async () => {
      const logits = linearHeadLogits(head, tokens);
      expectClose(await logits.data<'float32'>(), classesLast('logits'), 1e-5);
      logits.dispose();
    });

    it.each([
      ['all', 'grad_all', 0],
      ['valid', 'grad_valid', 1],
    ] as const)('averaged over %s pixels, gives the loss and its gradients', async (average, gradients, index) => {
      const before = tf.memory().numTensors;
      const { value, grads } = valueAndGrads(
        (params) => {
          const logits = linearHeadLogits(params, params.tokens!);
          return { loss: segmentationLoss(logits, patches, labels, average), aux: {} };
        },
        { ...head, tokens },
      );
      const weight = tf.transpose(grads.weight!);
      const [loss, tokenGradient, weightGradient, biasGradient] = await Promise.all(
        [value, grads.tokens!, weight, grads.bias!].map((tensor) => tensor.data<'float32'>()),
      );
      tf.dispose([value, grads, weight]);
      expect(tf.memory().numTensors).toBe(before);
      expectClose(loss!, floats('losses').subarray(index, index + 1), 2e-6);
      expectClose(tokenGradient!, floats(`${gradients}/tokens`), 1e-7);
      expectClose(weightGradient!, floats(`${gradients}/weight`), 1e-6);
      expectClose(biasGradient!, floats(`${gradients}/bias`), 1e-6);
    });

    it('gives the gradient of the logits', async () => {
      const logits = linearHeadLogits(head, tokens);
      const gradient = tf.tidy(() =>
        tf.grad((logits) => segmentationLoss(logits as tf.Tensor, patches, labels))(logits),
      );
      expectClose(await gradient.data<'float32'>(), classesLast('grad_all/logits'), 1e-7);
      tf.dispose([logits, gradient]);
    });
  });

  it('predicts every pixel, and counts right and wrong ones', () => {
    const logits = classesLast('logits');
    const truth = Uint8Array.from(file.host('gt').data as Int32Array);
    const expected = Uint8Array.from(file.host('pred').data as Int32Array);
    const matrix = new ConfusionMatrix(classes);
    for (let image = 0; image < 2; image++) {
      const own = logits.subarray(image * rows * columns * classes, (image + 1) * rows * columns * classes);
      const size = { width, height };
      const scores = new WindowScores(size, classes);
      scores.add({ left: 0, top: 0, ...size }, own, patches, size);
      const predicted = scores.labels(size);
      expect(predicted).toEqual(expected.subarray(image * width * height, (image + 1) * width * height));
      matrix.add(truth.subarray(image * width * height, (image + 1) * width * height), predicted);
    }
    expect([...matrix.counts]).toEqual([...file.host('confusion').data].map(Number));
  });
});

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}
