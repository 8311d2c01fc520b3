import { describe, expect, it } from 'vitest';
import { patchLabels } from '../src/index.js';

const label = (...pixels: number[]) => patchLabels({ width: 2, height: 2, data: Uint8Array.from(pixels) }, 2)[0];

describe('patchLabels', () => {
  it('takes the majority of every patch, row by row', () => {
    const data = Uint8Array.from([1, 1, 2, 0, 1, 0, 2, 2, 5, 5, 7, 7, 5, 5, 7, 7]);
    expect([...patchLabels({ width: 4, height: 4, data }, 2)]).toEqual([1, 2, 5, 7]);
  });

  it('gives ties to the smallest id', () => {
    expect(label(9, 3, 9, 3)).toBe(3);
    expect(label(9, 3, 0, 4)).toBe(0);
  });

  it('lets void pixels not vote, unless there are no others', () => {
    expect(label(255, 255, 255, 4)).toBe(4);
    expect(label(255, 255, 255, 255)).toBe(255);
  });

  it('refuses a mask of broken patches', () => {
    const mask = { width: 5, height: 4, data: new Uint8Array(20) };
    expect(() => patchLabels(mask, 2)).toThrow(
      'mask: got 5 x 4 pixels, wanted sides that are multiples of the patch size 2',
    );
  });
});
