import { Generator, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  type CenterBox,
  generalizedIou,
  matchObjects,
  setLoss,
  type TargetObject,
  type TokenTargets,
  tokenTargets,
} from '../src/index.js';
import { numbers } from './numbers.js';

describe('generalizedIou', () => {
  it.each([
    ['equal boxes', [0.5, 0.5, 0.2, 0.4], [0.5, 0.5, 0.2, 0.4], 1],
    // A box in the left half of another: IoU 1/2, the hull is the union.
    ['a half', [0.25, 0.5, 0.5, 1], [0.5, 0.5, 1, 1], 1 / 2],
    // Side by side without a gap: IoU 0, the hull is the union.
    ['neighbours', [0.25, 0.5, 0.5, 1], [0.75, 0.5, 0.5, 1], 0],
    // Two unit squares in opposite corners of 4 x 4: union 2, hull 16.
    ['apart', [0.125, 0.125, 0.25, 0.25], [0.875, 0.875, 0.25, 0.25], -(16 - 2) / 16],
    // Squares of side 2 that overlap in one of side 1: 1/7 − 2/9.
    ['overlapping', [0.2, 0.2, 0.2, 0.2], [0.3, 0.3, 0.2, 0.2], 1 / 7 - 2 / 9],
  ] as [string, CenterBox, CenterBox, number][])('of %s', (_, a, b, expected) => {
    expect(generalizedIou(a, b)).toBeCloseTo(expected, 12);
    expect(generalizedIou(b, a)).toBeCloseTo(expected, 12);
  });
});

const classes = 3;

interface Case {
  logits: Float32Array;
  boxes: Float32Array;
  objects: TargetObject[][];
}

function drawCase(seed: number, tokens: number, counts: number[]): Case {
  const next = numbers(seed);
  const rows = tokens * counts.length;
  const box = (): CenterBox => [0.2 + 0.6 * next(), 0.2 + 0.6 * next(), 0.1 + 0.3 * next(), 0.1 + 0.3 * next()];
  return {
    logits: Float32Array.from({ length: rows * (classes + 1) }, () => 4 * next() - 2),
    boxes: Float32Array.from(Array.from({ length: rows }, box).flat()),
    objects: counts.map((count) =>
      Array.from({ length: count }, () => ({ label: Math.floor(next() * classes), box: box() })),
    ),
  };
}

function softmax(logits: number[]): number[] {
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

const l1 = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0);
const row = (values: ArrayLike<number>, index: number, width: number) =>
  Array.from({ length: width }, (_, i) => values[index * width + i]!);

describe('matchObjects', () => {
  const cost = ({ logits, boxes }: Case, token: number, { label, box }: TargetObject) => {
    const predicted = row(boxes, token, 4) as unknown as CenterBox;
    const probability = softmax(row(logits, token, classes + 1))[label]!;
    return -probability + 5 * l1(predicted, box) - 2 * generalizedIou(predicted, box);
  };

  /** The least total cost over all ways to give every object a token of its own. */
  function leastCost(of: Case, objects: TargetObject[], tokens: number[]): number {
    const [first, ...others] = objects;
    if (first === undefined) return 0;
    return Math.min(
      ...tokens.map(
        (token) =>
          cost(of, token, first) +
          leastCost(
            of,
            others,
            tokens.filter((t) => t !== token),
          ),
      ),
    );
  }

  it('has the least cost of all permutations', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [tokens, count] = [5, 1 + (seed % 5)];
      const drawn = drawCase(seed, tokens, [count]);
      const objects = drawn.objects[0]!;
      const matched = matchObjects({ ...drawn, tokens }, objects);
      const total = matched.reduce(
        (sum, object, token) => sum + (object < 0 ? 0 : cost(drawn, token, objects[object]!)),
        0,
      );
      expect(matched.filter((object) => object >= 0).sort()).toEqual(Int32Array.from(objects, (_, i) => i));
      expect(total).toBeCloseTo(leastCost(drawn, objects, [0, 1, 2, 3, 4]), 5);
    }
  });

  it('leaves tokens without an object, or objects without a token', () => {
    expect([...matchObjects({ ...drawCase(1, 4, [0]), tokens: 4 }, [])]).toEqual([-1, -1, -1, -1]);
    const crowded = drawCase(2, 2, [5]);
    const matched = matchObjects({ ...crowded, tokens: 2 }, crowded.objects[0]!);
    expect(matched.every((object) => object >= 0)).toBe(true);
    expect(matched[0]).not.toBe(matched[1]);
  });
});

/** DETR's loss from its definition, in float64, of a matching that is given. */
function lossByHand({ logits, boxes, objects }: Case, tokens: number, matched: Int32Array[]): number {
  let [entropy, weights, distance, giou] = [0, 0, 0, 0];
  objects.forEach((ofImage, image) => {
    for (let token = 0; token < tokens; token++) {
      const object = ofImage[matched[image]![token]!];
      const at = image * tokens + token;
      const weight = object ? 1 : 0.1;
      weights += weight;
      entropy -= weight * Math.log(softmax(row(logits, at, classes + 1))[object?.label ?? classes]!);
      if (!object) continue;
      const predicted = row(boxes, at, 4) as unknown as CenterBox;
      distance += l1(predicted, object.box);
      giou += 1 - generalizedIou(predicted, object.box);
    }
  });
  const count = Math.max(1, objects.flat().length);
  return entropy / weights + (5 * distance) / count + (2 * giou) / count;
}

onBackends(['cpu', 'onnxruntime'], () => {
  describe('setLoss', () => {
    const tokens = 4;
    const shapes = (of: Case) => ({ batch: of.objects.length, tokens });
    const asTensors = ({ labels, labelWeights, boxes, boxWeights }: TokenTargets, batch: number) => ({
      labels: tf.tensor2d(labels, [batch, tokens], 'int32'),
      labelWeights: tf.tensor2d(labelWeights, [batch, tokens]),
      boxes: tf.tensor3d(boxes, [batch, tokens, 4]),
      boxWeights: tf.tensor2d(boxWeights, [batch, tokens]),
    });

    async function lossAndGradients(of: Case) {
      const { batch } = shapes(of);
      const targets = asTensors(tokenTargets({ ...of, tokens }, of.objects), batch);
      const predicted = {
        logits: tf.tensor3d(of.logits, [batch, tokens, classes + 1]),
        boxes: tf.tensor3d(of.boxes, [batch, tokens, 4]),
      };
      const { value, grads } = valueAndGrads(
        ({ logits, boxes }) => ({ loss: setLoss(logits!, boxes!, targets), aux: {} }),
        predicted,
      );
      const read = await Promise.all([value, grads.logits!, grads.boxes!].map((tensor) => tensor.data<'float32'>()));
      tf.dispose([value, grads, predicted, { ...targets }]);
      return { loss: read[0]![0]!, logits: read[1]!, boxes: read[2]! };
    }

    it.each([[[2, 3]], [[0, 1]], [[4, 0, 2]], [[0, 0]]])(
      'is that of DETR with %j objects in the images',
      async (counts) => {
        const drawn = drawCase(7, tokens, counts);
        const before = tf.memory().numTensors;
        const { loss } = await lossAndGradients(drawn);
        expect(tf.memory().numTensors).toBe(before);
        const matched = drawn.objects.map((objects, image) =>
          matchObjects(
            {
              logits: drawn.logits.subarray(image * tokens * (classes + 1), (image + 1) * tokens * (classes + 1)),
              boxes: drawn.boxes.subarray(image * tokens * 4, (image + 1) * tokens * 4),
              tokens,
            },
            objects,
          ),
        );
        expect(loss).toBeCloseTo(lossByHand(drawn, tokens, matched), 5);
      },
    );

    it('has the slope of the loss for a gradient', async () => {
      const drawn = drawCase(3, tokens, [2, 1]);
      const matched = drawn.objects.map((objects, image) =>
        matchObjects(
          {
            logits: drawn.logits.subarray(image * 16, image * 16 + 16),
            boxes: drawn.boxes.subarray(image * 16, image * 16 + 16),
            tokens,
          },
          objects,
        ),
      );
      const gradients = await lossAndGradients(drawn);
      const step = 1e-4;
      for (const name of ['logits', 'boxes'] as const) {
        gradients[name].forEach((gradient, i) => {
          const moved = (by: number) => {
            // In float64: the sixth digit of a difference would be lost in float32.
            const values = Float64Array.from(drawn[name]);
            values[i]! += by;
            return lossByHand({ ...drawn, [name]: values }, tokens, matched);
          };
          expect(gradient, `${name}[${i}]`).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 4);
        });
      }
      // Tokens without an object learn that there is none, but no box.
      const free = matched.flatMap((ofImage, image) =>
        [...ofImage].flatMap((o, t) => (o < 0 ? [image * tokens + t] : [])),
      );
      expect(free).toHaveLength(5);
      for (const at of free) {
        expect(row(gradients.boxes, at, 4)).toEqual([0, 0, 0, 0]);
        expect(row(gradients.logits, at, classes + 1)[classes]).toBeLessThan(0);
      }
    });

    it('names what does not fit', () => {
      const targets = asTensors(
        tokenTargets({ ...drawCase(1, tokens, [1]), tokens }, drawCase(1, tokens, [1]).objects),
        1,
      );
      const logits = Generator.fromSeed(1).uniformTensor([1, tokens, classes + 1]);
      expect(() => setLoss(logits, tf.zeros([1, 5, 4]), targets)).toThrow(
        'boxes: got shape [1, 5, 4], wanted [1, 4, 4]',
      );
      expect(() => setLoss(tf.zeros([2, 4, 4]), tf.zeros([2, 4, 4]), targets)).toThrow(
        'targets.labels: got shape [1, 4]',
      );
    });
  });
});
