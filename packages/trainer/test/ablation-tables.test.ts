import { describe, expect, it } from 'vitest';
import { rowResult } from '../src/ablation/result.js';
import { duration } from '../src/ablation/tables.js';
import { type AblationResult, type AblationRun, csvTable, markdownPage, textLines } from '../src/index.js';

const run = (seed: number, value: number | null, seconds: number, steps = 10): AblationRun => ({
  seed,
  folder: `out/${seed}`,
  steps,
  seconds,
  figures: [
    { name: 'mIoU 1/1', value },
    { name: 'mIoU 1/8', value: value === null ? null : value / 2, std: 0.01 },
  ],
});

const result = (seeds: 1 | 2): AblationResult => {
  const runs = (...values: number[]) => values.slice(0, seeds).map((value, seed) => run(seed, value, 100 + 50 * seed));
  return {
    title: 'Loss terms (Table 5)',
    columns: ['global', 'object, cross-view'],
    rows: [
      rowResult({ name: 'random', cells: ['–', '–'] }, [run(0, 0.1, 0, 0)]),
      rowResult({ name: 'global', cells: ['✓', '–'] }, runs(0.2, 0.3)),
      rowResult({ name: 'both', cells: ['✓', '✓'] }, runs(0.4, 0.2)),
    ],
    finished: true,
    memory: { name: 'voc2012 train', images: 1464 },
    query: { name: 'voc2012 val', images: 1449 },
    seeds,
    seconds: 400,
    files: { markdown: 'a.md', csv: 'a.csv', json: 'a.json' },
  };
};

describe('the table of an ablation', () => {
  it('is Markdown with the best figures in bold', () => {
    expect(markdownPage(result(1))).toBe(`# Loss terms (Table 5)

| row | global | object, cross-view | mIoU 1/1 | mIoU 1/8 | time |
| --- | --- | --- | --- | --- | --- |
| random | – | – | 10.00 | 5.00 ± 1.00 | – |
| global | ✓ | – | 20.00 | 10.00 ± 1.00 | 1 min 40 s |
| both | ✓ | ✓ | **40.00** | **20.00 ± 1.00** | 1 min 40 s |

mIoU in % by dense nearest-neighbour retrieval: voc2012 val (1449 images) labelled from voc2012 train (1464 images). Time of pretraining.
`);
  });

  it('has mean and deviation over seeds', () => {
    const [title, ...lines] = textLines(result(2));
    expect(title).toBe('Loss terms (Table 5)');
    expect(lines.join('\n')).toBe(`  row     global  object, cross-view  mIoU 1/1       mIoU 1/8      time
  random  –       –                   10.00          5.00 ± 1.00   –
  global  ✓       –                   25.00 ± 5.00   12.50 ± 2.50  2 min 05 s
  both    ✓       ✓                   30.00 ± 10.00  15.00 ± 5.00  2 min 05 s
mIoU in % by dense nearest-neighbour retrieval: voc2012 val (1449 images) labelled from voc2012 train (1464 images). Mean ± standard deviation over 2 seeds. Time of pretraining, mean per run.`);
  });

  it('is CSV with plain numbers', () => {
    expect(
      csvTable(result(1)),
    ).toBe(`row,global,"object, cross-view",runs,mIoU 1/1,mIoU 1/1 std,mIoU 1/8,mIoU 1/8 std,seconds
random,–,–,1,0.1,,0.05,0.01,
global,✓,–,1,0.2,,0.1,0.01,100
both,✓,✓,1,0.4,,0.2,0.01,100
`);
  });

  it('leaves out figures that are not defined, of one run or of some', () => {
    expect(rowResult({ name: 'a', cells: [] }, [run(0, null, 1), run(1, null, 1)]).figures[0]).toEqual({
      name: 'mIoU 1/1',
      value: null,
    });
    expect(rowResult({ name: 'a', cells: [] }, [run(0, null, 1), run(1, 0.4, 1)]).figures[0]).toMatchObject({
      value: 0.4,
      std: 0,
    });
  });

  it.each([
    [0.4, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [3599, '59 min 59 s'],
    [7800, '2 h 10 min'],
  ])('says %f seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
