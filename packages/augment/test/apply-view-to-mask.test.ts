import { describe, expect, it } from 'vitest';
import { applyView, applyViewToMask, type Mask } from '../src/index.js';

/** Labels 0, 1, 2, … row by row. */
const numbered = { width: 9, height: 7, data: Uint8Array.from({ length: 63 }, (_, i) => i) };
const crop = (top: number, left: number, height: number, width: number) => ({ top, left, height, width });

/** One row of labels 0, 1, 2, … stretched or shrunk to `size` labels. */
function row<Labels extends Uint8Array | Uint16Array>(data: Labels, size: number): number[] {
  const mask: Mask<Labels> = { width: data.length, height: 1, data };
  return [...applyViewToMask(mask, { crop: crop(0, 0, 1, data.length), flip: false }, size).data.subarray(0, size)];
}

describe('applyViewToMask', () => {
  // The expected labels are those of torchvision's resized_crop with InterpolationMode.NEAREST on a Pillow image.
  it.each([
    [
      crop(1, 2, 5, 6),
      [
        [11, 13, 14, 16],
        [20, 22, 23, 25],
        [38, 40, 41, 43],
        [47, 49, 50, 52],
      ],
    ],
    [
      crop(0, 0, 7, 9),
      [
        [10, 13, 16],
        [28, 31, 34],
        [46, 49, 52],
      ],
    ],
    [
      crop(2, 3, 3, 2),
      [
        [21, 21, 22, 22, 22],
        [21, 21, 22, 22, 22],
        [30, 30, 31, 31, 31],
        [39, 39, 40, 40, 40],
        [39, 39, 40, 40, 40],
      ],
    ],
  ])('takes the pixels that torchvision takes: %o', (part, expected) => {
    const { width, height, data } = applyViewToMask(numbered, { crop: part, flip: false }, expected.length);
    expect([width, height]).toEqual([expected.length, expected.length]);
    expect([...data]).toEqual(expected.flat());
    const flipped = applyViewToMask(numbered, { crop: part, flip: true }, expected.length);
    expect([...flipped.data]).toEqual(expected.flatMap((labels) => labels.toReversed()));
  });

  it('rounds on the border of two pixels as Pillow does, which differs for 8 and 16 bits', () => {
    expect(row(Uint8Array.of(0, 1), 7)).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(row(Uint16Array.of(0, 1), 7)).toEqual([0, 0, 0, 1, 1, 1, 1]);
    const labels = Array.from({ length: 240 }, (_, i) => i);
    expect([76, 127].map((o) => row(Uint8Array.from(labels), 153)[o])).toEqual([119, 199]);
    expect([76, 127].map((o) => row(Uint16Array.from(labels), 153)[o])).toEqual([120, 200]);
  });

  it('shows the same part as the view: a bright square stays under its label', () => {
    const side = 60;
    const inside = (i: number) => Math.abs((i % side) - 20) < 8 && Math.abs(Math.floor(i / side) - 35) < 8;
    const mask = {
      width: side,
      height: side,
      data: Uint8Array.from({ length: side * side }, (_, i) => (inside(i) ? 7 : 0)),
    };
    const image = {
      ...mask,
      data: Uint8Array.from({ length: 3 * side * side }, (_, i) => (inside(Math.trunc(i / 3)) ? 255 : 0)),
    };
    const recipe = {
      crop: crop(10, 4, 45, 50),
      flip: true,
      jitter: [],
      grayscale: false,
      blurSigma: null,
      solarize: null,
      order: [],
    };
    const view = applyView(image, recipe, 32);
    const labels = applyViewToMask(mask, recipe, 32);
    const agree = labels.data.filter((label, i) => (label === 7) === view.data[3 * i]! > 127).length;
    expect(agree / labels.data.length).toBeGreaterThan(0.98);
    expect(new Set(labels.data)).toEqual(new Set([0, 7]));
  });

  it('keeps the type of the labels', () => {
    const wide = { width: 2, height: 2, data: Uint16Array.of(300, 301, 302, 303) };
    expect(applyViewToMask(wide, { crop: crop(0, 0, 2, 2), flip: false }, 2)).toEqual(wide);
    expect(applyViewToMask(numbered, { crop: crop(0, 0, 1, 1), flip: false }, 1).data).toBeInstanceOf(Uint8Array);
  });

  it('refuses labels that do not fit the size, and a crop beyond the mask', () => {
    const view = { crop: crop(0, 0, 7, 9), flip: false };
    expect(() => applyViewToMask({ ...numbered, width: 8 }, view, 4)).toThrow(
      'mask: got 63 labels for 8 x 7 pixels, wanted 56',
    );
    expect(() => applyViewToMask(numbered, { ...view, crop: crop(1, 0, 7, 9) }, 4)).toThrow('crop: got top 1');
    expect(() => applyViewToMask(numbered, view, 1.5)).toThrow('size: got 1.5');
  });
});
