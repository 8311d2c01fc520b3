import { Generator, linear, type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  disposeTraining,
  initLinearHead,
  linearHeadStep,
  scheduledRate,
  segmentationLoss,
  startTraining,
  type UpdateRule,
} from '../src/index.js';
import { numbers } from './numbers.js';

interface Case {
  logits: Float32Array;
  labels: Int32Array;
  batch: number;
  rows: number;
  columns: number;
  height: number;
  width: number;
  classes: number;
}

/** Loss sum, number of labelled pixels and gradient, pixel by pixel in float64: every pixel looks up its four patches. */
function pixelByPixel({ logits, labels, batch, rows, columns, height, width, classes }: Case) {
  const gradient = new Float64Array(logits.length);
  let [loss, valid] = [0, 0];
  const clamp = (value: number, limit: number) => Math.max(0, Math.min(limit - 1, value));
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    const label = labels[pixel]!;
    if (label === 255) continue;
    valid++;
    const [b, y, x] = [Math.floor(pixel / (height * width)), Math.floor(pixel / width) % height, pixel % width];
    const sourceY = ((y + 0.5) * rows) / height - 0.5;
    const sourceX = ((x + 0.5) * columns) / width - 0.5;
    const corners = [0, 1].flatMap((dy) =>
      [0, 1].map((dx) => {
        const [row, column] = [Math.floor(sourceY) + dy, Math.floor(sourceX) + dx];
        const share = (1 - Math.abs(sourceY - row)) * (1 - Math.abs(sourceX - column));
        return { at: ((b * rows + clamp(row, rows)) * columns + clamp(column, columns)) * classes, share };
      }),
    );
    const scores = Array.from({ length: classes }, (_, c) =>
      corners.reduce((sum, { at, share }) => sum + share * logits[at + c]!, 0),
    );
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    loss -= Math.log(Math.exp(scores[label]!) / total);
    scores.forEach((score, c) => {
      const slope = Math.exp(score) / total - (c === label ? 1 : 0);
      for (const { at, share } of corners) gradient[at + c]! += slope * share;
    });
  }
  return { loss, valid, gradient };
}

function drawCase(label: (draw: number) => number, seed: number): Case {
  const next = numbers(seed);
  const sizes = { batch: 2, rows: 3, columns: 4, height: 11, width: 18, classes: 5 };
  return {
    ...sizes,
    logits: Float32Array.from({ length: 2 * 12 * 5 }, () => 6 * next() - 3),
    labels: Int32Array.from({ length: 2 * 11 * 18 }, () => label(next())),
  };
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('segmentationLoss', () => {
    const lossAndGradient = async (of: Case, average: 'all' | 'valid') => {
      const logits = tf.tensor3d(of.logits, [of.batch, of.rows * of.columns, of.classes]);
      const labels = tf.tensor3d(of.labels, [of.batch, of.height, of.width], 'int32');
      const { value, grad } = tf.tidy(() => {
        const { value, grads } = valueAndGrads(
          ({ logits }) => ({ loss: segmentationLoss(logits!, of, labels, average), aux: {} }),
          { logits },
        );
        return { value, grad: grads.logits! };
      });
      const [[loss], gradient] = await Promise.all([value.data(), grad.data<'float32'>()]);
      tf.dispose([logits, labels, value, grad]);
      return { loss: loss!, gradient };
    };

    it.each([
      ['all labels occur', (draw: number) => Math.floor(draw * 5)],
      ['some pixels are ignored', (draw: number) => (draw < 0.4 ? 255 : Math.floor(draw * 5))],
      ['a class is absent', (draw: number) => Math.floor(draw * 3)],
    ])('is the sum over pixels, divided by all or by the labelled ones: %s', async (_, label) => {
      const drawn = drawCase(label, 3);
      const expected = pixelByPixel(drawn);
      const before = tf.memory().numTensors;
      for (const [average, pixels] of [
        ['all', drawn.labels.length],
        ['valid', expected.valid],
      ] as const) {
        const { loss, gradient } = await lossAndGradient(drawn, average);
        expect(loss).toBeCloseTo(expected.loss / pixels, 5);
        gradient.forEach((value, i) => {
          expect(value).toBeCloseTo(expected.gradient[i]! / pixels, 6);
        });
      }
      expect(tf.memory().numTensors).toBe(before);
    });

    it.each(['all', 'valid'] as const)('is 0 with a gradient of 0 where no pixel has a class (%s)', async (average) => {
      const { loss, gradient } = await lossAndGradient(
        drawCase(() => 255, 1),
        average,
      );
      expect(loss).toBe(0);
      expect(gradient.every((value) => value === 0)).toBe(true);
    });

    it('names what does not fit', () => {
      const logits = tf.zeros([2, 12, 5]);
      const labels = tf.zeros([1, 6, 8], 'int32');
      expect(() => segmentationLoss(logits, { rows: 4, columns: 4 }, labels)).toThrow(
        'logits: got shape [2, 12, 5], wanted [*, 16, *]',
      );
      expect(() => segmentationLoss(logits, { rows: 3, columns: 4 }, labels)).toThrow(
        'labels: got shape [1, 6, 8], wanted [2, *, *]',
      );
      tf.dispose([logits, labels]);
    });
  });

  describe('linearHeadStep', () => {
    /** Two updates of one number in plain arithmetic. */
    const rules: Record<UpdateRule, (p: number, grads: [number, number], lr: number, decay: number) => number> = {
      sgd(p, grads, lr, decay) {
        let velocity = 0;
        for (const g of grads) {
          velocity = 0.9 * velocity + g + decay * p;
          p -= lr * velocity;
        }
        return p;
      },
      adam: (p, grads, lr, decay) => adam(p, grads, lr, decay, 0),
      adamw: (p, grads, lr, decay) => adam(p, grads, lr, 0, decay),
    };
    function adam(p: number, grads: [number, number], lr: number, coupled: number, decoupled: number): number {
      let [m, v] = [0, 0];
      grads.forEach((gradient, i) => {
        const g = gradient + coupled * p;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const corrected = [m / (1 - 0.9 ** (i + 1)), v / (1 - 0.999 ** (i + 1))] as const;
        p = p - lr * decoupled * p - (lr * corrected[0]) / (Math.sqrt(corrected[1]) + 1e-8);
      });
      return p;
    }

    it.each(['sgd', 'adam', 'adamw'] as const)('updates weight and bias by %s', async (optimizer) => {
      const [lr, decay] = [0.1, 0.2];
      const before = tf.memory().numTensors;
      const features = Generator.fromSeed(4).uniformTensor([2, 4, 3]);
      const labels = tf.tensor3d(
        Int32Array.from({ length: 2 * 36 }, (_, i) => i % 3),
        [2, 6, 6],
        'int32',
      );
      const grid = { rows: 2, columns: 2 };
      const training = startTraining(initLinearHead(3, 3, Generator.fromSeed(1)), optimizer, decay);
      const values = async () => [...(await training.params.weight!.data()), ...(await training.params.bias!.data())];
      const gradients = async () => {
        const { value, grads } = valueAndGrads(
          (head: Params) => ({
            loss: segmentationLoss(linear(features, head.weight!, head.bias!), grid, labels),
            aux: {},
          }),
          training.params,
        );
        const read = [...(await grads.weight!.data()), ...(await grads.bias!.data())];
        tf.dispose([value, grads]);
        return read;
      };
      const start = await values();
      const losses: number[] = [];
      const seen: number[][] = [];
      for (let step = 0; step < 2; step++) {
        seen.push(await gradients());
        const loss = linearHeadStep(training, features, grid, labels, lr);
        losses.push((await loss.data())[0]!);
        loss.dispose();
      }
      const end = await values();
      expect(training.steps).toBe(2);
      expect(losses[0]).toBeCloseTo(Math.log(3), 1);
      end.forEach((value, i) => {
        expect(value).toBeCloseTo(rules[optimizer](start[i]!, [seen[0]![i]!, seen[1]![i]!], lr, decay), 5);
      });
      disposeTraining(training);
      tf.dispose([features, labels]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

describe('scheduledRate', () => {
  it('falls from the peak towards its share by a power of 0.9 or along a cosine', () => {
    const span = { iterations: 100, minFactor: 0.1 };
    expect(scheduledRate('poly', 2, 0, span)).toBe(2);
    expect(scheduledRate('cosine', 2, 0, span)).toBe(2);
    expect(scheduledRate('poly', 2, 50, span)).toBeCloseTo(0.2 + 1.8 * 0.5 ** 0.9, 12);
    expect(scheduledRate('cosine', 2, 50, span)).toBeCloseTo(1.1, 12);
    expect(scheduledRate('poly', 2, 100, span)).toBeCloseTo(0.2, 12);
    expect(scheduledRate('cosine', 2, 100, span)).toBeCloseTo(0.2, 12);
  });
});
