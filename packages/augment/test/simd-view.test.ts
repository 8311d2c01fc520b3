import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import {
  adjustHue,
  applyView,
  drawView,
  type Image,
  normalize,
  normalizedView,
  paperPolicy,
  type ViewPolicy,
  type ViewRecipe,
} from '../src/index.js';
import { kernels } from '../src/simd/kernels.js';
import { simdView } from '../src/simd/simd-view.js';
import { viewByOps } from '../src/view-by-ops.js';

/** An image of random bytes: no two neighbours agree, so that no mistake hides. */
function noise(width: number, height: number, random: Generator): Image {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.int(256)) };
}

const plain: ViewRecipe = {
  crop: { top: 0, left: 0, height: 1, width: 1 },
  flip: false,
  jitter: [],
  grayscale: false,
  blurSigma: null,
  solarize: null,
  order: paperPolicy.views[0].order,
};

function expectEqual(image: Image, recipe: ViewRecipe, size: number): void {
  const view = simdView(image, recipe, size);
  expect(view, JSON.stringify(recipe)).toBeDefined();
  const { data } = viewByOps(image, recipe, size);
  // `Buffer.equals` is much faster than comparing element by element, which is left to the failure's message.
  if (!Buffer.from(view!.bytes()).equals(data)) expect(view!.bytes(), JSON.stringify(recipe)).toEqual(data);
}

it('the kernels run here: nothing below is skipped', () => {
  expect(kernels()).toBeDefined();
});

describe('the kernels equal the single functions in every byte', () => {
  const everything: ViewPolicy = {
    flip: 0.5,
    colorJitter: { probability: 1, brightness: 0.9, contrast: 0.9, saturation: 0.9, hue: 0.5 },
    grayscale: 0.2,
    blur: { probability: 0.7, sigma: [0.05, 4] },
    solarize: { probability: 0.3, threshold: 77 },
    order: paperPolicy.views[0].order,
  };

  it.each([
    // Image, then the side of the view: single pixels, odd sizes, enlarged and reduced, wide and tall.
    [1, 1, 1],
    [1, 1, 17],
    [5, 3, 1],
    [1, 90, 8],
    [90, 1, 9],
    [31, 47, 33],
    [17, 19, 112],
    [64, 48, 16],
    [333, 217, 50],
    [700, 90, 15],
    [60, 800, 31],
  ])('for random recipes on %i x %i at %i px', (width, height, size) => {
    const random = Generator.fromSeed(width * 1000 + height);
    const image = noise(width, height, random);
    for (let i = 0; i < 12; i++) {
      const recipe = drawView(image, { scale: [0.05, 1], ratio: [0.3, 3] }, everything, random);
      expectEqual(image, recipe, size);
    }
  });

  it('for stages in any order, left out or repeated', () => {
    const random = Generator.fromSeed(3);
    const image = noise(40, 30, random);
    for (const order of [
      ['solarize', 'blur', 'grayscale', 'colorJitter'],
      ['blur', 'colorJitter', 'blur', 'solarize'],
      ['grayscale'],
      [],
    ] as const) {
      for (let i = 0; i < 12; i++) {
        expectEqual(image, drawView(image, paperPolicy.crop, { ...everything, order }, random), 33);
      }
    }
  });

  it('for the policy of the paper on a photo-sized image', () => {
    const random = Generator.fromSeed(1);
    const image = noise(500, 375, random);
    for (const size of [96, 112, 224]) {
      for (const policy of paperPolicy.views)
        expectEqual(image, drawView(image, paperPolicy.crop, policy, random), size);
    }
  });

  it('for every byte and every factor at which rounding could differ', () => {
    const ramp: Image = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => i / 3) };
    const crop = { top: 0, left: 0, height: 16, width: 16 };
    for (const op of ['brightness', 'contrast', 'saturation'] as const) {
      for (const factor of [0, 1 / 3, 0.999999, 1, 1.0000001, 1.7, 300, -2]) {
        expectEqual(ramp, { ...plain, crop, jitter: [{ op, factor }] }, 16);
      }
    }
    for (const solarize of [0, 0.5, 128, 127.3, 255, 256, 1000, -5])
      expectEqual(ramp, { ...plain, crop, solarize }, 16);
    for (const blurSigma of [0.01, 0.5, 1.7320508, 6, 14]) expectEqual(ramp, { ...plain, crop, blurSigma }, 16);
  });

  it('for the hue of all 2^24 colours, turned by every amount', () => {
    const side = 256;
    const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => [(i / 3) % side, i / 3 / side, 0][i % 3]!);
    const image = { width: side, height: side, data };
    const crop = { top: 0, left: 0, height: side, width: side };
    for (let blue = 0; blue < 256; blue++) {
      for (let i = 2; i < data.length; i += 3) data[i] = blue;
      const factor = (blue - 127.5) / 255;
      const view = simdView(image, { ...plain, crop, jitter: [{ op: 'hue', factor }] }, side)!;
      expect(Buffer.from(view.bytes()).equals(adjustHue(image, factor).data), `blue ${blue}`).toBe(true);
    }
  });

  it('after a larger view has left its bytes in the memory', () => {
    const random = Generator.fromSeed(2);
    const image = noise(200, 150, random);
    const recipe = { ...plain, crop: { top: 3, left: 5, height: 120, width: 111 }, blurSigma: 1 };
    for (const size of [224, 7, 224, 33]) expectEqual(image, recipe, size);
  });

  it('when the source is copied in bands', () => {
    const image = noise(3000, 400, Generator.fromSeed(3));
    expectEqual(image, { ...plain, crop: { top: 1, left: 1000, height: 399, width: 1999 } }, 64);
    expectEqual(image, { ...plain, crop: { top: 0, left: 2990, height: 400, width: 10 } }, 20);
  });
});

describe('what the kernels do not take', () => {
  const image = noise(40, 30, Generator.fromSeed(4));
  const whole = { ...plain, crop: { top: 0, left: 0, height: 30, width: 40 } };

  it('is done by the single functions: very wide blurs and very large views', () => {
    for (const [recipe, size] of [
      [{ ...whole, blurSigma: 30 }, 20],
      [whole, 2500],
    ] as const) {
      expect(simdView(image, recipe, size)).toBeUndefined();
      expect(Buffer.from(applyView(image, recipe, size).data).equals(viewByOps(image, recipe, size).data)).toBe(true);
    }
  });

  it('leaves their memory below 64 MiB', () => {
    expect(kernels()!.memory.buffer.byteLength).toBeLessThanOrEqual(2 ** 26);
  });
});

describe('normalizedView', () => {
  const image = noise(40, 30, Generator.fromSeed(5));
  const recipe = { ...plain, crop: { top: 2, left: 3, height: 20, width: 30 } };

  it('is the normalised view', () => {
    expect(normalizedView(image, recipe, 13)).toEqual(normalize(viewByOps(image, recipe, 13)));
    const [mean, std] = [[0.1, 0.2, 0.3] as const, [1, 2, 3] as const];
    expect(normalizedView(image, recipe, 13, mean, std)).toEqual(normalize(viewByOps(image, recipe, 13), mean, std));
  });

  it('writes into an array that is given, and refuses one of another length', () => {
    const both = new Float32Array(2 * 13 * 13 * 3);
    const target = both.subarray(13 * 13 * 3);
    expect(normalizedView(image, recipe, 13, undefined, undefined, target)).toBe(target);
    expect(target).toEqual(normalizedView(image, recipe, 13));
    expect(() => normalizedView(image, recipe, 12, undefined, undefined, target)).toThrow(
      'target: got 507 values, wanted 432 (12 x 12 RGB)',
    );
  });

  it('refuses what applyView refuses', () => {
    for (const apply of [applyView, normalizedView]) {
      expect(() => apply({ ...image, width: 41 }, recipe, 8)).toThrow('image: got 3600 values for 41 x 30 pixels');
      expect(() => apply(image, { ...recipe, crop: { ...recipe.crop, left: 20 } }, 8)).toThrow(
        'crop: got top 2, left 20',
      );
      expect(() => apply(image, recipe, 0)).toThrow('size: got 0, wanted a positive whole number of pixels');
      expect(() => apply(image, { ...recipe, blurSigma: -1 }, 8)).toThrow('sigma: got -1');
    }
  });
});
