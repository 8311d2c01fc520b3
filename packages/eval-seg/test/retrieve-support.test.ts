import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import {
  augmentedViews,
  drawSupport,
  encodePng,
  extractMemory,
  extractPatchFeatures,
  type RetrievedSupport,
  retrieveSupport,
  type SegDataset,
} from '../src/index.js';
import { colourModel } from './colour-model.js';

const patchSize = 8;
const imageSize = 32;
const yellow = [255, 220, 0];

/** Images of 4 x 4 patches; every patch has a gray value of its own, given patch by patch, and label 1 if it is bright. */
function grays(name: string, images: readonly (readonly number[])[]): SegDataset {
  return {
    name,
    classes: ['dark', 'bright'],
    ignoreLabel: 255,
    length: images.length,
    item: async (index) => {
      const pixels = Array.from({ length: imageSize * imageSize }, (_, p) => {
        const row = Math.floor(p / imageSize / patchSize);
        return images[index]![row * 4 + Math.floor((p % imageSize) / patchSize)]!;
      });
      const size = { width: imageSize, height: imageSize };
      return {
        id: `${name}-${index}`,
        image: { ...size, data: Uint8Array.from(pixels.flatMap((gray) => [gray, gray, gray])) },
        mask: { ...size, data: Uint8Array.from(pixels, (gray) => (gray === 77 ? 255 : gray > 127 ? 1 : 0)) },
      };
    },
  };
}

/** A dark image with some patches of other gray values. */
const image = (patches: Record<number, number>, ground = 10) =>
  Array.from({ length: 16 }, (_, patch) => patches[patch] ?? ground);

const pixel = (picture: { width: number; data: ArrayLike<number> }, x: number, y: number) =>
  [0, 1, 2].map((c) => picture.data[(y * picture.width + x) * 3 + c]);

onBackends(['cpu', 'onnxruntime'], () => {
  describe('retrieveSupport', () => {
    const memory = grays('memory', [image({ 5: 200, 15: 77 }), image({}), image({ 0: 190, 11: 230 })]);
    const query = grays('query', [image({}), image({ 6: 200, 12: 78 })]);
    const options = { imageSize, patchSize };
    const features = async () => ({
      memory: await extractMemory(colourModel(patchSize), memory, options),
      query: await extractPatchFeatures(colourModel(patchSize), query, options),
    });

    it('gives image, place, similarity and label of the nearest labelled patches, most similar first', async () => {
      const data = await features();
      const [bright] = await retrieveSupport(data.memory, data.query, [{ image: 1, row: 1, column: 2 }], { k: 3 });
      expect(bright!.query).toEqual({ image: 1, row: 1, column: 2, id: 'query-1' });
      expect(bright!.support).toMatchObject([
        { image: 0, view: 0, row: 1, column: 1, id: 'memory-0', memoryRow: 5, label: 1 },
        { image: 2, view: 0, row: 0, column: 0, id: 'memory-2', memoryRow: 32, label: 1 },
        { image: 2, view: 0, row: 2, column: 3, id: 'memory-2', memoryRow: 43, label: 1 },
      ]);
      const similarities = bright!.support.map(({ similarity }) => similarity);
      expect(similarities[0]).toBeCloseTo(1, 5);
      expect([...similarities].sort((a, b) => b - a)).toEqual(similarities);
    });

    it('answers several patches in their order and never gives a void patch', async () => {
      const data = await features();
      const patches = [
        { image: 1, row: 3, column: 0 },
        { image: 0, row: 0, column: 0 },
      ];
      const [voidLike, dark] = await retrieveSupport(data.memory, data.query, patches, { k: 60 });
      // The patch of gray value 77 would be the nearest; it has no label.
      expect(voidLike!.support.map(({ memoryRow }) => memoryRow)).not.toContain(15);
      // There are 48 patches, one of them void.
      expect([voidLike!.support.length, dark!.support.length]).toEqual([47, 47]);
      expect(dark!.support.slice(0, 5).map(({ label }) => label)).toEqual([0, 0, 0, 0, 0]);
    });

    it('answers any number of patches, also none and more than a block', async () => {
      const data = await features();
      expect(await retrieveSupport(data.memory, data.query, [], { k: 1 })).toEqual([]);
      const dark = Array(1024).fill({ image: 0, row: 0, column: 0 });
      const found = await retrieveSupport(data.memory, data.query, [...dark, { image: 1, row: 1, column: 2 }], {
        k: 1,
      });
      expect(found).toHaveLength(1025);
      expect(found[1023]!.support[0]!.label).toBe(0);
      expect(found[1024]).toMatchObject({ query: { image: 1, row: 1, column: 2 }, support: [{ memoryRow: 5 }] });
    });

    it('names a patch that is not there', async () => {
      const data = await features();
      await expect(
        retrieveSupport(data.memory, data.query, [{ image: 0, row: 4, column: 0 }], { k: 1 }),
      ).rejects.toThrow('patches[0]: got image 0, row 4, column 0, wanted less than 2 images, 4 rows and 4 columns');
    });

    it('finds the views of a memory with several, which the picture shows', async () => {
      const { query: queries } = await features();
      const views = augmentedViews(memory, { views: 2, imageSize, seed: 1 });
      const several = await extractMemory(colourModel(patchSize), memory, { ...options, views: 2, seed: 1 });
      const patch = { image: 1, row: 1, column: 2 };
      const [found] = await retrieveSupport(several, queries, [patch], { k: 40 });
      const augmented = found!.support.find(({ view }) => view === 1)!;
      expect(augmented.id).toBe(`memory-${augmented.image} view 1`);
      const shown = await drawSupport(
        { query: patch, support: [augmented] },
        { query, memory: views, views: 2, ...options, context: 1 },
      );
      const { image: source } = await views.item(augmented.image * 2 + 1);
      // One patch fills the second tile; its middle is the middle of the patch.
      const centre = [augmented.column * patchSize + 4, augmented.row * patchSize + 4] as const;
      const difference = pixel(shown, 32 + 4 + 16, 16)[0]! - pixel(source, ...centre)[0]!;
      expect(Math.abs(difference)).toBeLessThan(40);
    });
  });
});

describe('drawSupport', () => {
  const query = grays('query', [image({}, 100)]);
  const memory = grays('memory', [image({}, 50), image({ 6: 240 }, 60)]);
  const place = { view: 0, memoryRow: 0, similarity: 1, label: 0 };
  const found: RetrievedSupport = {
    query: { image: 0, row: 2, column: 1 },
    support: [
      { ...place, image: 1, row: 1, column: 2 },
      { ...place, image: 0, row: 0, column: 3 },
    ],
  };

  it('frames the query patch, and beside it the support patches in their order, magnified', async () => {
    const picture = await drawSupport(found, { query, memory, imageSize, patchSize, context: 2 });
    const { width, height, data } = decode(encodePng(picture));
    expect([width, height]).toEqual([3 * 32 + 2 * 4, 32]);
    const at = (x: number, y: number) => pixel({ width, data }, x, y);
    // The query patch covers x 8 … 15, y 16 … 23; its frame of two pixels lies around it.
    for (const inside of [at(8, 16), at(15, 23)]) expect(inside).toEqual([100, 100, 100]);
    for (const edge of [at(7, 16), at(6, 16), at(16, 23), at(17, 23), at(8, 15), at(8, 25)]) {
      expect(edge).toEqual(yellow);
    }
    for (const outside of [at(5, 16), at(18, 23), at(8, 13), at(8, 26)]) expect(outside).toEqual([100, 100, 100]);
    // Two patches a side are shown at twice their size: pixels 12 … 27 of x, 4 … 19 of y. The patch is in the middle.
    const first = 32 + 4;
    expect(at(first + 15, 15)[0]).toBeGreaterThan(230);
    for (const edge of [at(first + 7, 15), at(first + 24, 15), at(first + 15, 7), at(first + 15, 25)]) {
      expect(edge).toEqual(yellow);
    }
    expect(at(first + 2, 2)).toEqual([60, 60, 60]);
    // In a corner the part that is shown stays inside of the image, and the patch lies in its corner.
    const second = 2 * (32 + 4);
    expect(at(second + 31, 0)).toEqual([50, 50, 50]);
    expect([at(second + 15, 0), at(second + 31, 16)]).toEqual([yellow, yellow]);
  });

  it('refuses a part of no patches', async () => {
    await expect(drawSupport(found, { query, memory, imageSize, patchSize, context: 0 })).rejects.toThrow(
      'context: got 0, wanted a positive whole number',
    );
  });
});
