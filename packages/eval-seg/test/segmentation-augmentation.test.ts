import type { Image } from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import { type Distortion, distort, drawDistortion, drawSample, type LabelMask } from '../src/index.js';
import { drawCrop } from '../src/segmentation/random-crop.js';
import { keepRatioSize, resizeWindow, resizeWindowOfMask } from '../src/segmentation/resize-window.js';
import { numbers } from './numbers.js';

function noise(width: number, height: number, seed: number): Image {
  const next = numbers(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => Math.floor(next() * 256)) };
}

const pixel = (r: number, g: number, b: number): Image => ({ width: 1, height: 1, data: Uint8Array.of(r, g, b) });

describe('keepRatioSize', () => {
  it('makes the shorter side fit, unless the longer one would exceed four times that', () => {
    expect(keepRatioSize({ width: 500, height: 375 }, 512)).toEqual({ width: 683, height: 512 });
    expect(keepRatioSize({ width: 100, height: 1000 }, 512)).toEqual({ width: 205, height: 2048 });
  });
});

describe('resizeWindow', () => {
  const whole = ({ width, height }: { width: number; height: number }) => ({ left: 0, top: 0, width, height });

  it('leaves an image of the right size as it is', () => {
    const image = noise(7, 5, 1);
    expect(resizeWindow(image, image, whole(image))).toEqual(image);
  });

  it('interpolates between pixel centres and rounds', () => {
    const image: Image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 100, 100, 100) };
    const { data } = resizeWindow(image, { width: 8, height: 1 }, { left: 0, top: 0, width: 8, height: 1 });
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual([0, 0, 13, 38, 63, 88, 100, 100]);
  });

  it('shows of the resized image and mask what the window covers', () => {
    const image = noise(13, 9, 2);
    const mask: LabelMask = { width: 13, height: 9, data: image.data.slice(0, 13 * 9) };
    const size = { width: 21, height: 17 };
    const window = { left: 4, top: 6, width: 11, height: 8 };
    const [all, part] = [resizeWindow(image, size, whole(size)), resizeWindow(image, size, window)];
    const [labels, partLabels] = [whole(size), window].map((shown) => resizeWindowOfMask(mask, size, shown));
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        const [from, to] = [(y + 6) * 21 + x + 4, y * 11 + x];
        expect([...part.data.subarray(to * 3, to * 3 + 3)]).toEqual([...all.data.subarray(from * 3, from * 3 + 3)]);
        expect(partLabels!.data[to]).toBe(labels!.data[from]);
      }
    }
  });
});

describe('drawCrop', () => {
  it('prefers windows in which no class fills three quarters; ignored pixels do not count', () => {
    // One column out of ten shows the border between the classes to a window of 10 pixels.
    const width = 100;
    const data = Uint8Array.from({ length: width * 20 }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return y < 2 ? 255 : x < 50 ? 1 : 2;
    });
    const mask = { width, height: 20, data };
    const rng = Generator.fromSeed(1);
    const mixed = (maxRatio: number) => {
      let count = 0;
      for (let i = 0; i < 100; i++) {
        const { labels } = drawCrop(mask, mask, 20, maxRatio, rng);
        const ones = labels.data.filter((label) => label === 1).length;
        const twos = labels.data.filter((label) => label === 2).length;
        if (Math.max(ones, twos) / (ones + twos) < 0.75) count++;
      }
      return count;
    };
    // 9 of the 81 windows are mixed: one draw finds one of them in 11 % of the cases, eleven draws in 73 %.
    expect(mixed(0.75)).toBeGreaterThan(55);
    expect(mixed(1.01)).toBeLessThan(45);
  });

  it('takes a smaller image whole', () => {
    const mask = { width: 5, height: 3, data: new Uint8Array(15) };
    const { window } = drawCrop(mask, mask, 8, 0.75, Generator.fromSeed(0));
    expect(window).toEqual({ left: 0, top: 0, width: 5, height: 3 });
  });
});

describe('distort', () => {
  const none: Distortion = {
    brightness: undefined,
    contrast: undefined,
    contrastFirst: false,
    saturation: undefined,
    hue: undefined,
  };
  const distorted = (image: Image, change: Partial<Distortion>) => [...distort(image, { ...none, ...change }).data];

  it('adds brightness, multiplies by contrast, and cuts to bytes after each', () => {
    expect(distorted(pixel(0, 100, 250), { brightness: 20.5 })).toEqual([20, 120, 255]);
    expect(distorted(pixel(0, 100, 250), { contrast: 0.5 })).toEqual([0, 50, 125]);
    expect(distorted(pixel(0, 100, 250), { brightness: 20, contrast: 0.5 })).toEqual([10, 60, 127]);
  });

  it('applies contrast before or after the colours', () => {
    const change = { contrast: 1.5, saturation: 0.5 };
    // 200 becomes 255 before the saturation halves the distance of 150 (from 100) to it, or after that of 100 to 200.
    expect(distorted(pixel(200, 100, 100), { ...change, contrastFirst: true })).toEqual([255, 203, 203]);
    expect(distorted(pixel(200, 100, 100), { ...change, contrastFirst: false })).toEqual([255, 225, 225]);
  });

  it('turns hues and leaves grays alone', () => {
    expect(distorted(pixel(200, 50, 50), { hue: 120 })).toEqual([50, 200, 50]);
    expect(distorted(pixel(200, 50, 50), { hue: -120 })).toEqual([50, 50, 200]);
    expect(distorted(pixel(70, 70, 70), { hue: 30, saturation: 1.5 })).toEqual([70, 70, 70]);
  });

  it('changes no byte by a full saturation and a turn of nothing', () => {
    const image = noise(40, 40, 5);
    expect(distorted(image, { hue: 0, saturation: 1 })).toEqual([...image.data]);
  });

  it('draws every stage in half of the cases, within its range', () => {
    const rng = Generator.fromSeed(3);
    const draws = Array.from({ length: 1000 }, () => drawDistortion(rng));
    for (const [stage, low, high] of [
      ['brightness', -32, 32],
      ['contrast', 0.5, 1.5],
      ['saturation', 0.5, 1.5],
      ['hue', -36, 36],
    ] as const) {
      const values = draws.map((draw) => draw[stage]).filter((value) => value !== undefined);
      expect(Math.abs(values.length - 500)).toBeLessThan(70);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThan(high);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.9 * (high - low));
    }
  });
});

describe('drawSample', () => {
  /** Dark where the label is 0, bright where it is 1; no distortion makes one look like the other. */
  const halves = (width: number, height: number) => {
    const labels = Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 3 ? 0 : 1));
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (labels[Math.floor(i / 3)] ? 255 : 0));
    return { image: { width, height, data }, mask: { width, height, data: labels } };
  };

  it('keeps image and labels together through resize, crop and flip; outside is 0 and ignored', () => {
    const size = 32;
    let [padding, wrong, brightOnTheLeft, counted] = [0, 0, 0, 0];
    for (let i = 0; i < 40; i++) {
      const { image, labels } = drawSample(halves(60, 40), size, Generator.fromSeed(i));
      expect([image.length, labels.length]).toEqual([size * size * 3, size * size]);
      labels.forEach((label, p) => {
        const red = image[p * 3]!;
        if (label === 255) {
          padding++;
          expect(red).toBe(0);
          return;
        }
        counted++;
        const bright = red * 0.229 + 0.485 > 80 / 255;
        if (bright !== (label === 1)) wrong++;
      });
      if (labels[0] === 1 && labels.includes(0)) brightOnTheLeft++;
    }
    expect(padding).toBeGreaterThan(0);
    // Bilinear pixels on the border between the halves may fall on either side.
    expect(wrong / counted).toBeLessThan(0.04);
    expect(brightOnTheLeft).toBeGreaterThan(5);
  });

  it('depends on the seed alone', () => {
    const draw = (seed: number) => drawSample(halves(60, 40), 32, Generator.fromSeed(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
