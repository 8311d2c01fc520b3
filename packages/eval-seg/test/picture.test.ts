import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { encodePng, overlaySegmentation, renderSegmentation, sideBySide, vocPalette } from '../src/index.js';

const labels = { width: 2, height: 1, data: Uint8Array.of(0, 15) };

describe('pictures', () => {
  it('use the colours of Pascal VOC', () => {
    expect([vocPalette[0], vocPalette[1], vocPalette[8], vocPalette[15], vocPalette[20], vocPalette[255]]).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [64, 0, 0],
      [192, 128, 128],
      [0, 64, 128],
      [224, 224, 192],
    ]);
    expect([...renderSegmentation(labels).data]).toEqual([0, 0, 0, 192, 128, 128]);
  });

  it('lay labels over an image and leave the background', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 100, 100, 100) };
    const laid = overlaySegmentation(image, labels, { opacity: 0.5 });
    expect([...laid.data]).toEqual([10, 20, 30, 146, 114, 114]);
    expect(() => overlaySegmentation({ width: 1, height: 1, data: new Uint8Array(3) }, labels)).toThrow(
      'labels: got 2 x 1 pixels',
    );
  });

  it('stand side by side with a white gap, and become a PNG', () => {
    const red = { width: 1, height: 1, data: Uint8Array.of(255, 0, 0) };
    const blue = { width: 1, height: 1, data: Uint8Array.of(0, 0, 255) };
    const picture = sideBySide([red, blue], 1);
    expect([...picture.data]).toEqual([255, 0, 0, 255, 255, 255, 0, 0, 255]);
    const { width, height, data } = decode(encodePng(picture));
    expect([width, height, [...data]]).toEqual([3, 1, [...picture.data]]);
  });
});
