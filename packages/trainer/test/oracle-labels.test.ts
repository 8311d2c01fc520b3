import { describe, expect, it } from 'vitest';
import { majorityClasses, ObjectLabels } from '../src/oracle/object-labels.js';
import { regionsOf } from '../src/oracle/regions.js';

const V = 255;

describe('the objects of masks', () => {
  it('are the classes of an image, in the order of their labels; void belongs to none', () => {
    // Two images of four patches.
    expect([...regionsOf(Int32Array.of(7, 2, V, 7, 0, 0, 0, 0), 4, 3)]).toEqual([1, 0, -1, 1, 0, 0, 0, 0]);
  });

  it('are those with the most patches where there is no room for all; of equal ones the smaller labels', () => {
    expect([...regionsOf(Int32Array.of(9, 9, 1, 4, 6, 6, V, 4), 8, 2)]).toEqual([-1, -1, -1, 0, 1, 1, -1, 0]);
    expect([...regionsOf(Int32Array.of(3, 3, 1, 5), 4, 1)]).toEqual([0, 0, -1, -1]);
  });
});

describe('the class of an object', () => {
  it('is that of most of its patches in both views; void does not vote, the smaller label wins ties', () => {
    const objects = [0, 0, 0, 1, 1, 2, 2, -1];
    const classes = [4, 4, V, 8, 3, V, V, 5];
    expect([...majorityClasses(objects, classes, 8, 4)]).toEqual([4, 3, V, V]);
  });

  it('is counted image by image', () => {
    expect([...majorityClasses([0, 1, 0, 0], [1, 2, 3, 3], 2, 2)]).toEqual([1, 2, 3, V]);
  });
});

describe('a neighbour of the same class', () => {
  const stored = () => {
    const labels = new ObjectLabels(3, 2);
    // Image 0 of the batch goes to slot 2, image 1 to slot 0; image 2 has no room.
    labels.write(Int32Array.of(2, 0, -1), Uint8Array.of(5, V, 6, 7, 1, 1));
    return labels;
  };

  it('is found by its place in the bank', () => {
    const found = [4, 0, 1, 4];
    expect([...stored().sameClass(found, Uint8Array.of(5, 6, 6, 6))]).toEqual([1, 1, 0, 0]);
  });

  it('is none where nothing was found, nothing is stored, or a class is void', () => {
    const [nothing, empty, voidObject] = [-1, 2, 5];
    expect([...stored().sameClass([nothing, empty, voidObject, voidObject], Uint8Array.of(5, 5, V, 5))]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('is the same after a checkpoint', async () => {
    const { read, ...host } = stored().lazySave();
    const restored = new ObjectLabels(3, 2, { ...host, data: await read() });
    expect([...restored.sameClass([4, 0], Uint8Array.of(5, 6))]).toEqual([1, 1]);
    expect(() => new ObjectLabels(3, 4, { ...host, data: new Int32Array(6) })).toThrow(
      'classes of stored objects: got shape [3,2], expected [3,4]',
    );
  });
});
