import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../src/index.js';

function example(): ConfusionMatrix {
  const matrix = new ConfusionMatrix(5);
  matrix.add(Uint8Array.of(0, 0, 0, 1, 1, 255, 4), Uint8Array.of(0, 0, 1, 1, 2, 3, 0));
  return matrix;
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

  it('refuses labels that are no classes', () => {
    const matrix = new ConfusionMatrix(2);
    expect(() => matrix.add(Uint8Array.of(2), Uint8Array.of(0))).toThrow(
      'got truth 2 and prediction 0, wanted classes 0 to 1',
    );
    expect(() => matrix.add(Uint8Array.of(0), Uint8Array.of(0, 1))).toThrow('predicted: got 2 labels, wanted 1');
  });
});
