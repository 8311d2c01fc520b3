import { describe, expect, it } from 'vitest';
import { classIouChart, confusionChart } from '../src/core.js';

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

describe('confusionChart', () => {
  const classes = ['ground', 'cat & dog', 'nowhere', 'sheep'];
  const svg = confusionChart(classes, [
    [30, 10, 0, 0],
    [1, 199, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);

  it('names the classes that occur, twice each', () => {
    expect(texts(svg).filter((text) => text === 'ground')).toHaveLength(2);
    expect(texts(svg).filter((text) => text === 'cat &amp; dog')).toHaveLength(2);
    expect(svg).not.toContain('nowhere');
    expect(svg).not.toContain('sheep');
  });

  it('writes shares of the row in percent and leaves cells below half a percent empty', () => {
    expect(texts(svg).filter((text) => /^\d+$/.test(text!))).toEqual(['75', '25', '1', '100']);
  });

  it('keeps a class that is only predicted, and one that is only in the ground truth', () => {
    const one = confusionChart(
      ['a', 'b', 'c'],
      [
        [0, 5, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
    expect(texts(one).filter((text) => /^[abc]$/.test(text!))).toEqual(['a', 'b', 'a', 'b']);
    expect(texts(one)).toContain('100');
  });

  it('leaves numbers out where cells are small', () => {
    const many = Array.from({ length: 40 }, (_, c) => `c${c}`);
    const counts = many.map((_, y) => many.map((_, x) => (x === y ? 9 : 0)));
    expect(texts(confusionChart(many, counts))).not.toContain('100');
    expect(confusionChart(many, counts).match(/<rect /g)).toHaveLength(1 + 40 * 40);
  });

  it('refuses counts of another size', () => {
    expect(() => confusionChart(classes, [[1]])).toThrow(
      'counts: got 1 rows of 1, wanted as many rows and columns as the 4 classes',
    );
  });
});

describe('classIouChart', () => {
  it('shows the classes that occur, best first, and their mean', () => {
    const svg = classIouChart(['ground', 'nowhere', 'cat'], [0.25, null, 0.75]);
    expect(texts(svg).slice(-5)).toEqual(['cat', '75.0', 'ground', '25.0', 'mean 50.0']);
    expect(svg).not.toContain('nowhere');
    const widths = [...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([315, 105]);
  });

  it('refuses another number of classes', () => {
    expect(() => classIouChart(['a'], [0.5, 0.5])).toThrow('iou: got 2 numbers, wanted 1, one per class');
  });
});
