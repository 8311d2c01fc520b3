import { describe, expect, it } from 'vitest';
import { augmentedViews, type SegItem } from '../src/index.js';
import { scenes } from './scenes.js';

const options = { views: 3, imageSize: 32, seed: 5 };

/** The class whose colour a pixel has: the ground is dark, the others have one bright channel. */
function classOfColour(pixel: Uint8Array): number {
  const brightest = pixel.indexOf(Math.max(...pixel));
  return pixel[brightest]! > 120 ? brightest + 1 : 0;
}

/** Share of the labelled pixels whose colour is that of their label. */
function agreement({ image, mask }: SegItem): number {
  let agree = 0;
  let counted = 0;
  mask.data.forEach((label, p) => {
    if (label === 255) return;
    counted++;
    if (classOfColour(image.data.subarray(p * 3, p * 3 + 3)) === label) agree++;
  });
  return agree / counted;
}

describe('augmentedViews', () => {
  const dataset = scenes('four', 4, 1);

  it('leaves the data set as it is for one view', () => {
    expect(augmentedViews(dataset, { ...options, views: 1 })).toBe(dataset);
  });

  it('gives the image itself first, then other views of the same image', async () => {
    const views = augmentedViews(dataset, options);
    expect([views.length, views.name]).toEqual([12, 'four x 3']);
    const items = await Promise.all([6, 7, 8].map((index) => views.item(index)));
    expect(items.map(({ id }) => id)).toEqual(['four-2', 'four-2 view 1', 'four-2 view 2']);
    expect(items[0]).toEqual(await dataset.item(2));
    expect(items.slice(1).map(({ image }) => [image.width, image.height])).toEqual([
      [32, 32],
      [32, 32],
    ]);
    expect(items[1]!.image.data).not.toEqual(items[2]!.image.data);
  });

  it('shows the same in the mask as in the image', async () => {
    const views = augmentedViews(scenes('many', 12, 3), { ...options, views: 4 });
    for (let index = 0; index < views.length; index++) {
      // Colours mix on the rim of a rectangle, nowhere else.
      expect(agreement(await views.item(index))).toBeGreaterThan(0.9);
    }
  });

  it('draws by the seed, whatever the order and the number of views', async () => {
    const views = augmentedViews(dataset, options);
    const last = await views.item(11);
    await views.item(0);
    expect(await views.item(11)).toEqual(last);
    const more = augmentedViews(dataset, { ...options, views: 5 });
    expect((await more.item(3 * 5 + 2)).image).toEqual(last.image);
    const other = augmentedViews(dataset, { ...options, seed: 6 });
    expect((await other.item(11)).image).not.toEqual(last.image);
  });

  it('decodes an image once for its views', async () => {
    let decoded = 0;
    const counting = {
      ...dataset,
      item: (index: number) => {
        decoded++;
        return dataset.item(index);
      },
    };
    const views = augmentedViews(counting, options);
    await Promise.all(Array.from({ length: 12 }, (_, index) => views.item(index)));
    expect(decoded).toBe(4);
  });

  it('refuses a number of views that is none', () => {
    expect(() => augmentedViews(dataset, { ...options, views: 0 })).toThrow(
      'views: got 0, wanted a positive whole number',
    );
  });
});
