import { parseConfig } from '@cribo/trainer';
import { describe, expect, it } from 'vitest';
import { axes, parseAxis } from '../src/scale/axes.js';
import { expectedMiB } from '../src/scale/bench.js';

const base = parseConfig({ training: { batchSize: 4 } });

describe('an axis of bench scale', () => {
  it('is asked for by its name, with its own sizes or others', () => {
    expect(parseAxis('batch')).toEqual({ name: 'batch', sizes: [1, 2, 4, 8, 16, 32] });
    expect(parseAxis('batch=8,2')).toEqual({ name: 'batch', sizes: [2, 8] });
  });

  it('is refused in one sentence', () => {
    expect(() => parseAxis('width')).toThrow(/^No axis is called "width"; there are batch, tokens, .*bank-alone\.$/);
    expect(() => parseAxis('batch=1,x')).toThrow('--axis batch has the sizes "1,x", expected positive whole numbers');
    expect(() => axes.tokens!.at(50, base)).toThrow('A view has 50 tokens, expected a square number.');
    expect(() => axes.clusters!.at(64, { ...base, views: { ...base.views, imageSize: 64 } })).toThrow(
      /clusters is 64, expected at most the 32 patch tokens/,
    );
  });

  it('varies one setting of the base', () => {
    const at = axes.tokens!.at(784, base);
    expect(at).toEqual({ what: 'step', config: { ...base, views: { ...base.views, imageSize: 448 } } });
    const heads = axes.heads!.at(4096, base);
    expect(heads).toMatchObject({ config: { head: { outDim: 4096, objectOutDim: 4096 } } });
  });

  it('goes through the base, which is then measured once', () => {
    expect(axes.batch!.at(4, base)).toEqual(axes.tokens!.at(196, base));
  });
});

describe('the memory of the next size', () => {
  it('is expected on the line through the last two', () => {
    const points = [
      { size: 1, peakRssMiB: 500 },
      { size: 8, peakRssMiB: 800 },
      { size: 16, peakRssMiB: 1200 },
    ];
    expect(expectedMiB(points, 32)).toBe(2000);
    expect(expectedMiB(points.slice(0, 1), 8)).toBeUndefined();
  });
});
