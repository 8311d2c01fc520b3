import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../src/index.js';
import { numbers } from './numbers.js';

function example(): ConfusionMatrix {
  const matrix = new ConfusionMatrix(5);
  matrix.add(Uint8Array.of(0, 0, 0, 1, 1, 255, 4), Uint8Array.of(0, 0, 1, 1, 2, 3, 0));
  return matrix;
}

/** |intersection| / |union| of the sets of pixels that have a class in the truth and in the prediction, void pixels in neither. */
function setIoUs(truth: Uint8Array, predicted: Uint8Array, classes: number): (number | null)[] {
  const counted = [...truth.keys()].filter((pixel) => truth[pixel] !== 255);
  return Array.from({ length: classes }, (_, label) => {
    const inTruth = new Set(counted.filter((pixel) => truth[pixel] === label));
    const inPrediction = new Set(counted.filter((pixel) => predicted[pixel] === label));
    const union = new Set([...inTruth, ...inPrediction]);
    const intersection = [...inTruth].filter((pixel) => inPrediction.has(pixel));
    return union.size === 0 ? null : intersection.length / union.size;
  });
}

describe('ConfusionMatrix', () => {
  it('counts truth by rows and prediction by columns, void left out', () => {
    const counts = [...example().counts];
    expect(counts).toEqual([2, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('gives TP / (TP + FN + FP), null for a class that is nowhere', () => {
    expect(example().iou()).toEqual([2 / 4, 1 / 3, 0, null, 0]);
  });

  it('averages over present classes only, of all or of a subset', () => {
    expect(example().meanIoU()).toBeCloseTo((1 / 2 + 1 / 3) / 4, 12);
    expect(example().meanIoU([0, 1, 3])).toBeCloseTo((1 / 2 + 1 / 3) / 2, 12);
    expect(example().meanIoU([3])).toBeNull();
    expect(example().accuracy()).toBe(3 / 6);
  });

  it('agrees with a case computed by hand, in one call or in several', () => {
    // Truth and prediction of 10 pixels. Class 0: 3 right of 4, one more predicted. Class 1: 1 of 2, two more. Class 2: 0 of 2.
    const truth = Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2, 255, 255);
    const predicted = Uint8Array.of(0, 0, 0, 1, 1, 0, 1, 3, 2, 0);
    const once = new ConfusionMatrix(5);
    once.add(truth, predicted);
    expect(once.iou()).toEqual([3 / 5, 1 / 4, 0 / 2, 0 / 1, null]);
    expect(once.meanIoU()).toBeCloseTo((3 / 5 + 1 / 4) / 4, 15);
    expect(once.accuracy()).toBe(4 / 8);
    const parts = new ConfusionMatrix(5);
    for (let i = 0; i < truth.length; i++) parts.add(truth.subarray(i, i + 1), predicted.subarray(i, i + 1));
    expect(parts.counts).toEqual(once.counts);
  });

  it('has no mean without a labelled pixel, and the mean 1 if all are right', () => {
    const nothing = new ConfusionMatrix(3);
    nothing.add(new Uint8Array(0), new Uint8Array(0));
    nothing.add(Uint8Array.of(255, 255), Uint8Array.of(0, 2));
    expect([nothing.iou(), nothing.meanIoU(), nothing.accuracy()]).toEqual([[null, null, null], null, null]);
    const right = new ConfusionMatrix(3);
    right.add(Uint8Array.of(2, 2, 0), Uint8Array.of(2, 2, 0));
    expect([right.iou(), right.meanIoU(), right.accuracy()]).toEqual([[1, null, 1], 1, 1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('agrees with sets of pixels, drawn from seed %i', (seed) => {
    const next = numbers(seed);
    const classes = 2 + Math.floor(next() * 7);
    const pixels = Math.floor(next() * 60);
    // Some classes are never drawn, so that they are absent from truth, prediction or both.
    const draw = (count: number) => Math.floor(next() * count);
    const labelled = 1 + draw(classes);
    const truth = Uint8Array.from({ length: pixels }, () => (next() < 0.3 ? 255 : draw(labelled)));
    const predicted = Uint8Array.from({ length: pixels }, () => draw(1 + draw(classes)));
    const matrix = new ConfusionMatrix(classes);
    matrix.add(truth, predicted);
    const expected = setIoUs(truth, predicted, classes);
    expect(matrix.iou()).toEqual(expected);
    const present = expected.filter((iou) => iou !== null);
    if (present.length === 0) expect(matrix.meanIoU()).toBeNull();
    else expect(matrix.meanIoU()).toBeCloseTo(present.reduce((sum, iou) => sum + iou, 0) / present.length, 14);
    const subset = [0, classes - 1];
    const some = subset.map((c) => expected[c]!).filter((iou) => iou !== null);
    if (some.length === 0) expect(matrix.meanIoU(subset)).toBeNull();
    else expect(matrix.meanIoU(subset)).toBeCloseTo(some.reduce((sum, iou) => sum + iou, 0) / some.length, 14);
  });

  it('refuses labels that are no classes', () => {
    const matrix = new ConfusionMatrix(2);
    expect(() => matrix.add(Uint8Array.of(2), Uint8Array.of(0))).toThrow(
      'got truth 2 and prediction 0, wanted classes 0 to 1',
    );
    expect(() => matrix.add(Uint8Array.of(0), Uint8Array.of(0, 1))).toThrow('predicted: got 2 labels, wanted 1');
  });
});
