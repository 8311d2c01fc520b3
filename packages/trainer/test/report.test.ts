import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportCommand } from '../src/commands/report.js';
import { InputError } from '../src/errors.js';
import { findMatches, seeNeighbour } from '../src/report/pictures/matches.js';
import { seeObjects } from '../src/report/pictures/see-objects.js';
import { disposeTeacher, loadTeacher } from '../src/report/pictures/teacher.js';
import { openViews } from '../src/report/pictures/view-source.js';
import { readRun } from '../src/report/read-run.js';
import { writeReport } from '../src/report/write-report.js';
import { drawImages, tinyRun } from './report-fixture.js';

let images: string;
let run: string;

beforeAll(async () => {
  images = await drawImages();
  run = await tinyRun(images);
});

const pageOf = (folder: string) => readFileSync(join(folder, 'report.html'), 'utf8');

function copyOf(folder: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'cribo-report-')), 'copy');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

describe('the report of a run', () => {
  it('is one page with every section in its order', async () => {
    const result = await writeReport(run);
    expect(result).toMatchObject({ file: join(run, 'report.html'), steps: 12, status: 'finished' });
    expect(result).not.toHaveProperty('withoutPictures');
    const sections = [...pageOf(run).matchAll(/<section id="(\w+)">/g)].map(([, id]) => id);
    expect(sections).toEqual([
      'losses',
      'objects',
      'clusters',
      'matches',
      'attention',
      'schedules',
      'speed',
      'phases',
      'events',
      'configuration',
      'environment',
    ]);
  });

  it('escapes what the run is called and where its images lie', async () => {
    const copy = copyOf(run);
    const info = JSON.parse(readFileSync(join(copy, 'run.json'), 'utf8'));
    writeFileSync(join(copy, 'run.json'), JSON.stringify({ ...info, source: '/photos/<b>&</b>' }));
    await writeReport(copy, { pictures: false });
    expect(pageOf(copy)).toContain('/photos/&lt;b&gt;&amp;&lt;/b&gt;');
    expect(pageOf(copy)).not.toContain('<b>&</b>');
  });

  it('is written elsewhere when asked', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'cribo-report-')), 'page.html');
    expect((await writeReport(run, { out, pictures: false })).file).toBe(out);
    expect(existsSync(out)).toBe(true);
  });

  it('tells a run that was stopped from one that took its last step', async () => {
    const copy = copyOf(run);
    const lines = readFileSync(join(copy, 'metrics.jsonl'), 'utf8').trim().split('\n');
    writeFileSync(join(copy, 'metrics.jsonl'), `${lines.slice(0, 5).join('\n')}\n{"step":5,"lo`);
    expect(await writeReport(copy, { pictures: false })).toMatchObject({ status: 'stopped', steps: 5 });
  });
});

describe('pictures', () => {
  it('leave no tensor behind', async () => {
    await writeReport(run);
    const { numTensors } = tf.memory();
    await writeReport(run);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('show the objects of an image whatever the number of images looked at', async () => {
    const { checkpoint, info } = await readRun(run);
    const teacher = await loadTeacher(checkpoint!);
    const source = await openViews(info!, checkpoint!);
    const labelsOf = async (rows: number[]) => {
      const seen = seeObjects(teacher, 5, rows, await source.rows(5, rows));
      const labels = await seen.labels.array();
      tf.dispose(seen);
      return labels;
    };
    const few = await labelsOf([0, 1, 2]);
    const many = await labelsOf(Array.from({ length: 40 }, (_, i) => i % 3));
    expect(new Set(few[0]).size).toBeGreaterThan(1);
    expect(many).toEqual(many.map((_, i) => few[i % 3]));
    await source.close();
    disposeTeacher(teacher);
  });
});

describe('without what the pictures need, the page says so in their place:', () => {
  const reasonOf = async (folder: string, options = {}) => {
    const { withoutPictures } = await writeReport(folder, options);
    expect(pageOf(folder)).toContain(`There are none: ${withoutPictures}.`);
    expect(pageOf(folder)).not.toContain('<img');
    return withoutPictures;
  };

  it('images that are gone, or are others', async () => {
    const copy = copyOf(run);
    const info = JSON.parse(readFileSync(join(copy, 'run.json'), 'utf8'));
    writeFileSync(join(copy, 'run.json'), JSON.stringify({ ...info, source: '/nowhere' }));
    expect(await reasonOf(copy)).toMatch(/^\/nowhere: no such folder/);
    writeFileSync(join(copy, 'run.json'), JSON.stringify({ ...info, images: 99 }));
    expect(await reasonOf(copy)).toMatch(/now holds 10 images, expected the 99 of the run/);
  });

  it('no checkpoint, or no run.json', async () => {
    const copy = copyOf(run);
    rmSync(join(copy, 'checkpoints'), { recursive: true });
    expect(await reasonOf(copy)).toMatch(/holds no checkpoint yet/);
    const old = copyOf(run);
    rmSync(join(old, 'run.json'));
    expect(await reasonOf(old)).toMatch(/holds no run\.json/);
  });

  it('a reader who wants none', async () => {
    expect(await reasonOf(copyOf(run), { pictures: false })).toBe('they were not asked for');
  });
});

describe('matches', () => {
  /** All matches of the step after the last, each with what its origin shows today. */
  async function matchesOf(folder: string) {
    const { checkpoint, info } = await readRun(folder);
    const teacher = await loadTeacher(checkpoint!);
    const source = await openViews(info!, checkpoint!);
    const rows = [0, 1, 2];
    const seen = seeObjects(teacher, teacher.info.step, rows, await source.rows(teacher.info.step, rows));
    const matches = await findMatches(teacher, seen);
    const shown = [];
    for (const match of matches) {
      const { step, row } = match.origin;
      const another = { ...match, origin: { step, row: (row + 1) % 3 } };
      shown.push({
        ...match,
        agreement: (await seeNeighbour(teacher, source, match)).agreement,
        elsewhere: (await seeNeighbour(teacher, source, another)).agreement,
      });
    }
    await source.close();
    disposeTeacher(teacher);
    return shown;
  }

  it('lead to the very object that the bank stores, as long as the teacher is the same', async () => {
    const still = { lr: 1e-12, minLr: 0, weightDecay: 0, weightDecayEnd: 0 };
    const matches = await matchesOf(await tinyRun(images, { optimizer: still }));
    expect(matches.length).toBeGreaterThan(10);
    expect(new Set(matches.map(({ origin }) => `${origin.step}/${origin.row}`)).size).toBeGreaterThan(2);
    for (const { agreement, elsewhere } of matches) {
      expect(agreement).toBeGreaterThan(1 - 1e-6);
      expect(elsewhere).toBeLessThan(agreement);
    }
    expect(Math.min(...matches.map(({ elsewhere }) => elsewhere))).toBeLessThan(1 - 1e-4);
  });

  it('leave out the random vectors that the released variant starts with', async () => {
    const matches = await matchesOf(await tinyRun(images, { variant: 'released', bank: { images: 64 } }));
    expect(matches.every(({ origin }) => origin.step < 12)).toBe(true);
  });
});

describe('bad input ends in one sentence:', () => {
  it.each([
    ['a folder that is not there', () => '/no/such/run', /^There is no run folder \/no\/such\/run\.$/],
    ['a file', () => join(run, 'config.yaml'), /config\.yaml is a file, expected the folder of a run/],
    ['a folder that is no run', () => images, /holds no config\.yaml, expected the folder of a run/],
  ])('%s', async (_, folder, message) => {
    const error = await writeReport(folder()).catch((e: Error) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });

  it('metrics without a row, a damaged run.json, an unknown backend', async () => {
    const messageOf = (folder: string, options = {}) => writeReport(folder, options).catch((e: Error) => e.message);
    const copy = copyOf(run);
    expect(await messageOf(copy, { backend: 'abacus' })).toMatch(/No backend is called "abacus"/);
    writeFileSync(join(copy, 'run.json'), '{');
    expect(await messageOf(copy)).toMatch(/run\.json cannot be read as JSON/);
    writeFileSync(join(copy, 'metrics.jsonl'), '');
    expect(await messageOf(copy)).toMatch(/metrics\.jsonl holds no complete row/);
  });
});

describe('cribo report', () => {
  async function printed(...args: string[]): Promise<string> {
    const write = process.stdout.write;
    let text = '';
    process.stdout.write = (chunk) => {
      text += chunk;
      return true;
    };
    try {
      await reportCommand().parseAsync(args, { from: 'user' });
    } finally {
      process.stdout.write = write;
    }
    return text;
  }

  it('says what it wrote, as JSON when asked', async () => {
    expect(await printed(run, '--no-pictures')).toMatch(
      /^Report of 12 steps \(finished\): .*report\.html, \d\.\d MiB\nWithout pictures: /,
    );
    expect(JSON.parse(await printed(run, '--json'))).toMatchObject({ steps: 12, status: 'finished' });
  });

  it('explains itself', () => {
    expect(reportCommand().helpInformation()).toMatch(/--no-pictures/);
  });
});
