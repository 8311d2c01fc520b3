import type { Image } from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import { drawView, squareView, type ViewRecipe, wholeView } from '../src/detection/square-view.js';
import type { BoxedObject } from '../src/index.js';

/** White boxes on black ground. */
function picture(width: number, height: number, objects: readonly BoxedObject[]): Image {
  const data = new Uint8Array(width * height * 3);
  for (const { box } of objects) {
    for (let y = box[1]; y < box[1] + box[3]; y++)
      data.fill(255, (y * width + box[0]) * 3, (y * width + box[0] + box[2]) * 3);
  }
  return { width, height, data };
}

/** The red value of a normalised pixel from 0 to 1, and 0.485 where nothing was drawn. */
const red = (image: Float32Array, size: number, x: number, y: number) => image[(y * size + x) * 3]! * 0.229 + 0.485;

describe('squareView', () => {
  const objects: BoxedObject[] = [{ label: 1, box: [20, 10, 30, 20] }];
  const image = picture(80, 40, objects);

  it('puts the whole image in the upper left of the square, boxes in shares of the square', () => {
    const view = squareView(image, objects, wholeView(image), 80);
    expect(view.zoom).toEqual([1, 1]);
    expect(view.objects).toEqual([{ label: 1, box: [35 / 80, 20 / 80, 30 / 80, 20 / 80] }]);
    expect(
      [red(view.image, 80, 20, 10), red(view.image, 80, 49, 29), red(view.image, 80, 19, 10)].map((v) => v > 0.5),
    ).toEqual([true, true, false]);
    // Below the image there is nothing: 0 after normalisation.
    expect(view.image.subarray(80 * 40 * 3).every((value) => value === 0)).toBe(true);
  });

  it('scales, flips and crops boxes with the pixels', () => {
    const half = squareView(image, objects, { ...wholeView(image), scale: 0.5 }, 80);
    expect(half.objects[0]!.box.map((share) => share * 80)).toEqual([17.5, 10, 15, 10]);
    expect(red(half.image, 80, 12, 8)).toBeGreaterThan(0.9);

    const flipped = squareView(image, objects, { ...wholeView(image), flip: true }, 80);
    expect(flipped.objects[0]!.box.map((share) => share * 80)).toEqual([45, 20, 30, 20]);
    expect([red(flipped.image, 80, 59, 15), red(flipped.image, 80, 61, 15)].map((v) => v > 0.5)).toEqual([true, false]);

    const crop = { left: 40, top: 20, width: 20, height: 20 };
    const cropped = squareView(image, objects, { crop, flip: false, scale: 1 }, 40);
    // Of the box the part from (40, 20) to (50, 30) is left, twice as large.
    expect(cropped.zoom).toEqual([2, 2]);
    expect(cropped.objects[0]!.box.map((share) => share * 40)).toEqual([10, 10, 20, 20]);
    const mirrored = squareView(image, objects, { crop, flip: true, scale: 1 }, 40);
    expect(mirrored.objects[0]!.box.map((share) => share * 40)).toEqual([30, 10, 20, 20]);
  });

  it('loses objects of which nothing is left', () => {
    const crop = { left: 50, top: 0, width: 30, height: 40 };
    expect(squareView(image, objects, { crop, flip: false, scale: 1 }, 40).objects).toEqual([]);
  });
});

describe('drawView', () => {
  const draws = (width: number, height: number) =>
    Array.from({ length: 600 }, (_, i) => drawView({ width, height }, Generator.fromSeed(i)));
  const isWhole = ({ crop }: ViewRecipe, width: number, height: number) =>
    crop.width === width && crop.height === height;

  it('flips half of the images and crops half of them', () => {
    const views = draws(640, 480);
    expect(Math.abs(views.filter(({ flip }) => flip).length - 300)).toBeLessThan(50);
    expect(Math.abs(views.filter((view) => isWhole(view, 640, 480)).length - 300)).toBeLessThan(50);
  });

  it('resizes to between 480 and 800 of 800, 16 apart', () => {
    const scales = new Set(draws(640, 480).map(({ scale }) => Math.round(scale * 800)));
    expect([...scales].sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => 480 + 16 * i));
  });

  it('crops inside of the image, each side from 384/600 of the shorter one upwards', () => {
    const crops = draws(640, 480).flatMap((view) => (isWhole(view, 640, 480) ? [] : [view.crop]));
    for (const { left, top, width, height } of crops) {
      expect(left >= 0 && top >= 0 && left + width <= 640 && top + height <= 480).toBe(true);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(Math.floor((480 * 384) / 600));
    }
    expect(Math.min(...crops.map(({ width }) => width))).toBeLessThan(340);
    expect(Math.max(...crops.map(({ width }) => width))).toBeGreaterThan(600);
    expect(Math.max(...crops.map(({ left }) => left))).toBeGreaterThan(150);
  });

  it('has a view even of a single pixel, and depends on the seed alone', () => {
    for (const { crop } of draws(1, 1)) expect(crop).toEqual({ left: 0, top: 0, width: 1, height: 1 });
    expect(draws(50, 90)).toEqual(draws(50, 90));
  });

  it('keeps boxes around their pixels', () => {
    const objects: BoxedObject[] = [{ label: 0, box: [22, 30, 25, 17] }];
    const image = picture(70, 90, objects);
    let seen = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { image: pixels, objects: found } = squareView(
        image,
        objects,
        drawView(image, Generator.fromSeed(seed)),
        64,
      );
      if (found.length === 0) continue;
      seen++;
      const [cx, cy, w, h] = found[0]!.box.map((share) => share * 64) as [number, number, number, number];
      let [inside, outside] = [0, 0];
      for (let y = 0; y < 64; y++) {
        for (let x = 0; x < 64; x++) {
          const isInside = Math.abs(x + 0.5 - cx) < w / 2 && Math.abs(y + 0.5 - cy) < h / 2;
          if (red(pixels, 64, x, y) < 0.55) continue;
          if (isInside) inside++;
          else outside++;
        }
      }
      expect(inside).toBeGreaterThan(0.85 * (w - 1) * (h - 1));
      expect(outside).toBeLessThan(2 * (w + h));
    }
    expect(seen).toBeGreaterThan(50);
  });
});
