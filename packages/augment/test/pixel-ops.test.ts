import { describe, expect, it } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  gaussianBlur,
  grayscale,
  hflip,
  normalize,
  resizedCrop,
  solarize,
} from '../src/index.js';
import { picture, plain } from './pictures.js';

const photo = picture(40, 30);

describe('resizedCrop', () => {
  it('of a crop of the wanted size copies its pixels', () => {
    const crop = resizedCrop(photo, { top: 5, left: 7, height: 16, width: 16 }, 16);
    const rows = Array.from({ length: 16 }, (_, y) => {
      const start = ((5 + y) * 40 + 7) * 3;
      return [...photo.data.subarray(start, start + 16 * 3)];
    });
    expect([...crop.data]).toEqual(rows.flat());
  });

  it('keeps a plain colour, whatever the sizes', () => {
    const gray = plain(13, 9, [255, 0, 77]);
    for (const size of [1, 4, 30]) {
      expect(resizedCrop(gray, { top: 1, left: 2, height: 7, width: 11 }, size)).toEqual(
        plain(size, size, [255, 0, 77]),
      );
    }
  });

  it('resizes along rows first, also where a crop is tall, as Pillow 9 does', () => {
    const tall = resizedCrop(photo, { top: 1, left: 3, height: 28, width: 9 }, 3);
    const rows = [
      [25, 45, 133, 44, 45, 115, 63, 45, 126],
      [25, 123, 141, 44, 123, 122, 63, 123, 113],
      [25, 201, 132, 44, 201, 110, 63, 201, 117],
    ];
    expect([...tall.data]).toEqual(rows.flat());
  });

  it('resizes to a rectangle, the pixels of Pillow 9', () => {
    const data = Uint8Array.from({ length: 9 * 6 * 3 }, (_, i) => (i * i * 7 + i * 13) % 251);
    const image = { width: 9, height: 6, data };
    const resized = resizedCrop(image, { top: 0, left: 1, height: 5, width: 8 }, { width: 4, height: 7 });
    expect([resized.width, resized.height]).toEqual([4, 7]);
    expect([...resized.data]).toEqual(
      [
        [101, 171, 160, 150, 115, 146, 127, 125, 149, 107, 155, 135],
        [85, 84, 156, 78, 102, 93, 149, 150, 79, 116, 109, 77],
        [95, 75, 122, 83, 112, 56, 145, 144, 43, 140, 52, 59],
        [144, 214, 65, 214, 153, 85, 101, 83, 102, 174, 26, 126],
        [111, 196, 136, 127, 129, 168, 145, 55, 167, 164, 101, 116],
        [95, 175, 158, 131, 121, 131, 131, 61, 148, 170, 90, 123],
        [99, 171, 141, 191, 128, 47, 88, 78, 94, 184, 33, 142],
      ].flat(),
    );
  });

  it('does not see what lies outside the crop', () => {
    const marked = { ...photo, data: photo.data.map((value, at) => (at % 120 < 60 ? value : 255)) };
    const left = { top: 0, left: 0, height: 30, width: 20 };
    expect(resizedCrop(marked, left, 11)).toEqual(resizedCrop(photo, left, 11));
  });

  it('refuses a crop beyond the image', () => {
    expect(() => resizedCrop(photo, { top: 20, left: 0, height: 11, width: 5 }, 8)).toThrow(
      'crop: got top 20, left 0, height 11, width 5, wanted a rectangle of whole pixels inside 40 x 30',
    );
    expect(() => resizedCrop(photo, { top: 0, left: 0, height: 1.5, width: 5 }, 8)).toThrow('whole pixels');
    expect(() => resizedCrop(photo, { top: 0, left: 0, height: 5, width: 5 }, 0)).toThrow('size: got 0');
  });
});

describe('hflip', () => {
  it('reverses columns and keeps the pixels whole', () => {
    const row = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...hflip(row).data]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('twice is nothing', () => {
    expect(hflip(hflip(photo))).toEqual(photo);
  });
});

describe('colour', () => {
  it('factors of 1 change nothing, of 0 give black, plain gray and grayscale', () => {
    for (const adjust of [adjustBrightness, adjustContrast, adjustSaturation]) expect(adjust(photo, 1)).toEqual(photo);
    expect(adjustBrightness(photo, 0)).toEqual(plain(40, 30, [0, 0, 0]));
    expect(new Set(adjustContrast(photo, 0).data).size).toBe(1);
    expect(adjustSaturation(photo, 0)).toEqual(grayscale(photo));
  });

  it('saturates at black and white', () => {
    expect(adjustBrightness(plain(1, 1, [200, 100, 10]), 1.5)).toEqual(plain(1, 1, [255, 150, 15]));
  });

  it('turns red to green to blue in thirds of the circle', () => {
    const red = plain(2, 2, [255, 0, 0]);
    expect(adjustHue(red, 85 / 255)).toEqual(plain(2, 2, [0, 255, 0]));
    expect(adjustHue(red, -85 / 255)).toEqual(plain(2, 2, [6, 0, 255]));
    expect(adjustHue(plain(2, 2, [9, 9, 9]), 0.3)).toEqual(plain(2, 2, [9, 9, 9]));
  });

  it('weighs red, green and blue by their luma', () => {
    expect(grayscale({ width: 3, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) }).data).toEqual(
      Uint8Array.of(76, 76, 76, 150, 150, 150, 29, 29, 29),
    );
  });

  it('loses colour only once', () => {
    expect(grayscale(grayscale(photo))).toEqual(grayscale(photo));
  });

  it('solarizes from the threshold on', () => {
    expect([...solarize({ width: 1, height: 1, data: Uint8Array.of(127, 128, 255) }).data]).toEqual([127, 127, 0]);
    expect([...solarize({ width: 1, height: 1, data: Uint8Array.of(9, 10, 11) }, 10).data]).toEqual([9, 245, 244]);
  });
});

describe('gaussianBlur', () => {
  it('keeps a plain colour, also where the box is wider than the image', () => {
    expect(gaussianBlur(plain(3, 2, [200, 0, 255]), 4)).toEqual(plain(3, 2, [200, 0, 255]));
  });

  it('spreads a point evenly to all sides', () => {
    const point = plain(15, 15, [0, 0, 0]);
    point.data.fill(255, (7 * 15 + 7) * 3, (7 * 15 + 7) * 3 + 3);
    const blurred = gaussianBlur(point, 1.2);
    const at = (x: number, y: number) => blurred.data[(y * 15 + x) * 3]!;
    for (let d = 1; d < 5; d++) {
      expect(at(7 - d, 7)).toBe(at(7 + d, 7));
      expect(at(7, 7 - d)).toBe(at(7, 7 + d));
      expect(at(7, 7 + d)).toBeLessThanOrEqual(at(7, 6 + d));
    }
    expect(at(7, 7) / 255).toBeCloseTo(1 / (2 * Math.PI * 1.2 ** 2), 1);
  });

  it('refuses a width that is not positive', () => {
    expect(() => gaussianBlur(photo, 0)).toThrow('sigma: got 0, wanted a positive number of pixels');
  });
});

describe('normalize', () => {
  it('subtracts the mean and divides by the standard deviation, channel by channel', () => {
    const [red, green, blue] = normalize(plain(1, 1, [255, 0, 51]), [0.5, 0.25, 0.2], [0.5, 0.25, 1]);
    expect(red).toBe(1);
    expect(green).toBe(-1);
    expect(blue).toBeCloseTo(0, 6);
  });
});
