import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import {
  type AugmentPolicy,
  applyView,
  cropPositions,
  drawCrop,
  drawView,
  gaussianBlur,
  grayscale,
  hflip,
  type Image,
  normalize,
  paperPolicy,
  resizedCrop,
  solarize,
  twoViews,
  type ViewPolicy,
} from '../src/index.js';
import { fixedRandom, picture } from './pictures.js';

const photo = picture(60, 45);
const size = { size: 32, patchSize: 8 };

/** A view policy in which everything that can happen or not has the same probability. */
const withProbability = (probability: number): ViewPolicy => ({
  flip: probability,
  colorJitter: { ...paperPolicy.views[0].colorJitter, probability },
  grayscale: probability,
  blur: { probability, sigma: [0.5, 1] },
  solarize: { probability, threshold: 100 },
  order: paperPolicy.views[0].order,
});

describe('twoViews', () => {
  it('gives the same for the same generator and something else for another one', () => {
    const views = (seed: number) => twoViews(photo, size, Generator.fromSeed(seed));
    expect(views(3)).toEqual(views(3));
    expect(views(4).recipes).not.toEqual(views(3).recipes);
  });

  it('applies what it reports to have drawn', () => {
    const { views, positions, recipes } = twoViews(photo, size, Generator.fromSeed(8));
    for (const m of [0, 1] as const) {
      expect(views[m]).toEqual(normalize(applyView(photo, recipes[m], 32)));
      expect(positions[m]).toEqual(cropPositions(recipes[m].crop, 32, 8, recipes[m].flip));
    }
  });

  it('does not touch the image', () => {
    const before = photo.data.slice();
    twoViews(photo, size, Generator.fromSeed(1));
    expect(photo.data).toEqual(before);
  });

  it('refuses data that does not fit the size, and a patch that does not divide the view', () => {
    const short = { ...photo, data: photo.data.subarray(1) };
    expect(() => twoViews(short, size, fixedRandom(0.5))).toThrow(
      'image: got 8099 values for 60 x 45 pixels, wanted 8100 (RGB)',
    );
    expect(() => twoViews({ ...photo, width: 0 }, size, fixedRandom(0.5))).toThrow('image: got 0 x 45 pixels');
    expect(() => twoViews(photo, { size: 32, patchSize: 5 }, fixedRandom(0.5))).toThrow(
      'patchSize: got 5, wanted a divisor of the view size 32',
    );
  });
});

describe('a view policy', () => {
  const recipes = (policy: ViewPolicy) =>
    Array.from({ length: 50 }, (_, seed) => drawView(photo, paperPolicy.crop, policy, Generator.fromSeed(seed)));

  it('runs its stages in the order it lists, drawing the same for each', () => {
    const recipe = (order: ViewPolicy['order']) =>
      drawView(photo, paperPolicy.crop, { ...withProbability(1), order }, Generator.fromSeed(4));
    const [usual, reverse] = [recipe(paperPolicy.views[0].order), recipe([...paperPolicy.views[0].order].reverse())];
    expect({ ...reverse, order: usual.order }).toEqual(usual);
    const expected = (...stages: ((image: Image) => Image)[]) =>
      stages.reduce((image, stage) => stage(image), hflip(resizedCrop(photo, usual.crop, 32)));
    const blurred = (image: Image) => gaussianBlur(image, usual.blurSigma!);
    const inverted = (image: Image) => solarize(image, 100);
    expect(applyView(photo, recipe(['solarize', 'blur']), 32)).toEqual(expected(inverted, blurred));
    expect(applyView(photo, recipe(['blur', 'solarize', 'grayscale']), 32)).toEqual(
      expected(blurred, inverted, grayscale),
    );
    expect(applyView(photo, recipe([]), 32)).toEqual(expected());
  });

  it('with probabilities of 0 only crops', () => {
    for (const { crop, order, ...rest } of recipes(withProbability(0))) {
      expect(rest).toEqual({ flip: false, jitter: [], grayscale: false, blurSigma: null, solarize: null });
    }
  });

  it('with probabilities of 1 does everything, within the bounds', () => {
    for (const { flip, jitter, blurSigma, ...rest } of recipes(withProbability(1))) {
      expect([flip, rest.grayscale, rest.solarize]).toEqual([true, true, 100]);
      expect(blurSigma).toBeGreaterThanOrEqual(0.5);
      expect(blurSigma).toBeLessThan(1);
      const factors = Object.fromEntries(jitter.map(({ op, factor }) => [op, factor]));
      expect(Object.keys(factors).sort()).toEqual(['brightness', 'contrast', 'hue', 'saturation']);
      expect(Math.abs(factors.brightness! - 1)).toBeLessThanOrEqual(0.4);
      expect(Math.abs(factors.contrast! - 1)).toBeLessThanOrEqual(0.4);
      expect(Math.abs(factors.saturation! - 1)).toBeLessThanOrEqual(0.2);
      expect(Math.abs(factors.hue!)).toBeLessThanOrEqual(0.1);
    }
  });

  it('applies the colour jitter in every order', () => {
    const first = new Set(recipes(withProbability(1)).map(({ jitter }) => jitter[0]!.op));
    expect(first.size).toBe(4);
  });

  it('of the paper always blurs view 1, rarely view 2, and solarizes view 2 alone', () => {
    const drawn = Array.from({ length: 400 }, (_, seed) => {
      const random = Generator.fromSeed(seed);
      return paperPolicy.views.map((policy) => drawView(photo, paperPolicy.crop, policy, random));
    });
    const share = (view: number, field: 'blurSigma' | 'solarize') =>
      drawn.filter((recipe) => recipe[view]![field] !== null).length / drawn.length;
    expect(share(0, 'blurSigma')).toBe(1);
    expect(share(0, 'solarize')).toBe(0);
    expect(share(1, 'blurSigma')).toBeCloseTo(0.1, 1);
    expect(share(1, 'solarize')).toBeCloseTo(0.2, 1);
  });
});

describe('drawCrop', () => {
  it('stays inside the image and within the bounds of area and aspect ratio', () => {
    const random = Generator.fromSeed(0);
    for (let i = 0; i < 300; i++) {
      const { top, left, height, width } = drawCrop({ width: 500, height: 375 }, paperPolicy.crop, random);
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(375);
      expect(left + width).toBeLessThanOrEqual(500);
      const share = (width * height) / (500 * 375);
      expect(share).toBeGreaterThan(0.245);
      expect(share).toBeLessThanOrEqual(1);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.345);
    }
  });

  it('falls back to the largest centred crop where no draw fits', () => {
    const whole: AugmentPolicy['crop'] = { scale: [1, 1], ratio: [3 / 4, 4 / 3] };
    const centred = (width: number, height: number) => drawCrop({ width, height }, whole, fixedRandom(0.1));
    expect(centred(400, 30)).toEqual({ top: 0, left: 180, height: 30, width: 40 });
    expect(centred(30, 400)).toEqual({ top: 180, left: 0, height: 40, width: 30 });
    expect(centred(100, 100)).toEqual({ top: 0, left: 0, height: 100, width: 100 });
  });

  it('works on a single pixel', () => {
    const crop = drawCrop({ width: 1, height: 1 }, paperPolicy.crop, Generator.fromSeed(0));
    expect(crop).toEqual({ top: 0, left: 0, height: 1, width: 1 });
  });
});

describe('cropPositions', () => {
  const crop = { top: 10, left: 20, height: 32, width: 32 };

  it('of a crop that is not resized are the means of the pixel coordinates of every patch', () => {
    expect([...cropPositions(crop, 32, 16)]).toEqual([27.5, 17.5, 43.5, 17.5, 27.5, 33.5, 43.5, 33.5]);
  });

  it('of a flipped crop are those of the mirrored patches', () => {
    const wide = { ...crop, width: 50 };
    const [straight, flipped] = [cropPositions(wide, 32, 8), cropPositions(wide, 32, 8, true)];
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 4; column++) {
        const [n, mirrored] = [row * 4 + column, row * 4 + 3 - column];
        expect([flipped[2 * n], flipped[2 * n + 1]]).toEqual([straight[2 * mirrored], straight[2 * mirrored + 1]]);
      }
    }
  });

  it('lie on the straight line through the crop, but for the clamped border', () => {
    const positions = cropPositions({ top: 0, left: 0, height: 300, width: 200 }, 64, 16);
    for (let n = 0; n < 16; n++) {
      expect(positions[2 * n]).toBeCloseTo((((n % 4) + 0.5) * 200) / 4 - 0.5, 1);
      expect(positions[2 * n + 1]).toBeCloseTo(((Math.floor(n / 4) + 0.5) * 300) / 4 - 0.5, 1);
    }
  });
});
