import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compare, describeEvaluation, runName } from '../src/evaluations/comparison.js';
import { type EvaluationResult, percentOf, recordOf } from '../src/evaluations/record.js';
import { saveEvaluation } from '../src/evaluations/saved.js';
import { cribo, scratch } from './cribo.js';

const figures = (...values: number[]) => values.map((value, i) => ({ name: `mIoU 1/${8 ** i}`, value }));

function result(run: string, weights: 'teacher' | 'random', settings: object, headline: object[]): EvaluationResult {
  const about = { protocol: 'dense-nn', checkpoint: `runs/${run}/checkpoints/step-00000010`, step: 10, weights };
  const record = recordOf(about, {
    settings: { ...settings },
    data: [{ name: 'voc2012 val', images: 4 }],
    weightsSha256: weights,
  });
  return { ...record, headline } as EvaluationResult;
}

describe('compare', () => {
  const a = result('a', 'teacher', { k: 50 }, figures(0.5, 0.25));
  const random = result('a', 'random', { k: 50 }, figures(0.125, 0.0625));
  const b = result('b', 'teacher', { k: 50 }, figures(0.75, 0.375));
  const other = result('b', 'teacher', { k: 1 }, figures(0.5));

  it('makes a row of every network and columns of every way of evaluating', () => {
    const { evaluations, networks } = compare([a, random, b]);
    expect(evaluations.map(({ columns }) => columns)).toEqual([['mIoU 1/1', 'mIoU 1/8']]);
    expect(networks.map(({ run, weights }) => [run, weights])).toEqual([
      ['a', 'teacher'],
      ['a', 'random'],
      ['b', 'teacher'],
    ]);
    expect(networks.map(({ figures }) => figures.flat().map((figure) => figure?.value))).toEqual([
      [0.5, 0.25],
      [0.125, 0.0625],
      [0.75, 0.375],
    ]);
  });

  it('never sets results of different settings into one column, and says how they differ', () => {
    const { evaluations, networks } = compare([a, b, other]);
    expect(networks.map(({ figures }) => figures)).toEqual([
      [a.headline, [null]],
      [b.headline, other.headline],
    ]);
    expect(evaluations.map((evaluation) => describeEvaluation(evaluation, evaluations))).toEqual([
      'voc2012 val (4 images), k 50',
      'voc2012 val (4 images), k 1',
    ]);
  });

  it('takes the last of several results that are alike', () => {
    const again = result('a', 'teacher', { k: 50 }, figures(0.9, 0.8));
    expect(compare([a, again]).networks.map(({ figures }) => figures)).toEqual([[again.headline]]);
  });

  it('knows a network however the path of its checkpoint was typed', () => {
    const elsewhere = { ...b, checkpoint: '../runs/b/checkpoints/step-00000010' };
    const typed = { ...elsewhere, reproduce: { ...b.reproduce, directory: join(b.reproduce.directory, 'docs') } };
    expect(compare([typed, other]).networks).toHaveLength(1);
  });

  it('calls a network after its run', () => {
    expect(runName('runs/voc/checkpoints/step-00000010')).toBe('voc');
    expect(runName('kept/teacher')).toBe('teacher');
  });
});

describe('percentOf', () => {
  it('shows a standard deviation where there is one, and a dash for what is not defined', () => {
    expect([percentOf({ value: 0.104, std: 0.0012 }), percentOf({ value: 1 }), percentOf({ value: null })]).toEqual([
      '10.40 ± 0.12',
      '100.00',
      '–',
    ]);
  });
});

describe('cribo eval compare', () => {
  let runs: string[];
  beforeAll(async () => {
    runs = ['first', 'second'].map((name) => join(scratch(), name));
    const kept = (run: string, name: string) => join(run, 'evaluations', name);
    await saveEvaluation(kept(runs[0]!, 'one'), result('first', 'teacher', { k: 50 }, figures(0.5, 0.25)), []);
    await saveEvaluation(kept(runs[0]!, 'two'), result('first', 'random', { k: 50 }, figures(0.125, 0.0625)), []);
    await saveEvaluation(kept(runs[1]!, 'one'), result('second', 'teacher', { k: 50 }, figures(0.75, 0.375)), []);
  });

  it('prints a table and what its columns mean', () => {
    expect(cribo('eval', 'compare', ...runs).stdout.split('\n')).toEqual([
      '  run     weights  step  dense-nn mIoU 1/1  dense-nn mIoU 1/8',
      '  first   teacher  10    50.00              25.00',
      '  first   random   10    12.50              6.25',
      '  second  teacher  10    75.00              37.50',
      '',
      'All numbers in %.',
      'dense-nn: voc2012 val (4 images)',
      '',
    ]);
  });

  it('writes Markdown, CSV and JSON', () => {
    expect(
      cribo('eval', 'compare', ...runs, '--format', 'markdown')
        .stdout.split('\n')
        .slice(0, 3),
    ).toEqual([
      '| run | weights | step | dense-nn mIoU 1/1 | dense-nn mIoU 1/8 |',
      '| --- | --- | --- | --- | --- |',
      '| first | teacher | 10 | 50.00 | 25.00 |',
    ]);
    expect(cribo('eval', 'compare', ...runs, '--format', 'csv').stdout.split('\n')[3]).toBe(
      'second,teacher,10,75.00,37.50',
    );
    const { networks } = JSON.parse(cribo('eval', 'compare', join(runs[1]!, 'evaluations', 'one'), '--json').stdout);
    expect(networks).toMatchObject([{ run: 'second', figures: [[{ value: 0.75 }, { value: 0.375 }]] }]);
  });

  it.each([
    [['compare', '.'], /^cribo: \. holds no evaluation; cribo eval keeps them in the folder of the run\.\n$/],
    [['compare'], /missing required argument 'runs'/],
  ])('refuses %j in one sentence', (args, sentence) => {
    const { status, stdout, stderr } = cribo('eval', ...args);
    expect(stderr).toMatch(sentence);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('names the kinds there are when another one is asked for', () => {
    const { status, stderr } = cribo('eval', 'compare', runs[0]!, '--protocol', 'knn');
    expect(stderr).toBe('cribo: --protocol is knn, expected one of those that were evaluated: dense-nn.\n');
    expect(status).toBe(2);
  });
});
