import { Generator } from '@cribo/tensor';
import { describe, expect, it } from 'vitest';
import { samplePatches } from '../src/index.js';

/** A mask of 2 x 2 pixel patches, given patch by patch; `columns` of them a row. */
function maskOf(patches: readonly (readonly [number, number, number, number])[], columns: number) {
  const [width, height] = [columns * 2, (patches.length / columns) * 2];
  const data = new Uint8Array(width * height);
  patches.forEach((pixels, patch) => {
    pixels.forEach((label, i) => {
      const y = Math.floor(patch / columns) * 2 + Math.floor(i / 2);
      data[y * width + (patch % columns) * 2 + (i % 2)] = label;
    });
  });
  return { width, height, data };
}
const plain = (label: number): [number, number, number, number] => [label, label, label, label];

describe('samplePatches', () => {
  // Class 0 is in 4 patches, 1 in 3, 2 in 1; void pixels have no class. Sums: 4, 4 + 3 = 7, 3, 4, 3 + 1 = 4, none, 4, none.
  const mask = maskOf(
    [plain(0), [0, 1, 1, 1], plain(1), [0, 255, 255, 255], [1, 1, 2, 1], plain(255), plain(0), plain(255)],
    4,
  );

  it('takes the patches of lowest class frequency, summed over their classes, where the noise is the same', () => {
    const noise = { uniform: () => 0.5 };
    expect([...samplePatches(mask, 2, 1, noise)]).toEqual([2]);
    expect([...samplePatches(mask, 2, 3, noise)]).toEqual([0, 2, 3]);
    expect([...samplePatches(mask, 2, 5, noise)]).toEqual([0, 2, 3, 4, 6]);
  });

  it('multiplies the sums by noise', () => {
    // In the order of the patches with a class; the products are 4, 0.7, 3, 4, 0.4, 2.
    const noise = [1, 0.1, 1, 1, 0.1, 0.5];
    expect([...samplePatches(mask, 2, 3, { uniform: () => noise.shift()! })]).toEqual([1, 4, 6]);
  });

  it('never takes a patch twice nor a void one, and gives fewer where there are fewer', () => {
    expect([...samplePatches(mask, 2, 100, Generator.fromSeed(1))]).toEqual([0, 1, 2, 3, 4, 6]);
    expect(samplePatches(maskOf([plain(255)], 1), 2, 3, Generator.fromSeed(1))).toHaveLength(0);
  });

  it('prefers a class that one patch of sixteen has', () => {
    const rare = maskOf(
      Array.from({ length: 16 }, (_, patch) => plain(patch === 9 ? 1 : 0)),
      4,
    );
    const draws = Array.from({ length: 100 }, (_, seed) => samplePatches(rare, 2, 4, Generator.fromSeed(seed)));
    // Drawn evenly, it would be among four of sixteen in 25 of 100.
    expect(draws.filter((patches) => patches.includes(9)).length).toBeGreaterThan(90);
    // The others are drawn, not taken in order.
    expect(new Set(draws.map(String)).size).toBeGreaterThan(80);
    expect(draws[7]).toEqual(samplePatches(rare, 2, 4, Generator.fromSeed(7)));
  });
});
