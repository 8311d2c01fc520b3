import { createWriteStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { InputError } from '../src/errors.js';
import { readMetrics } from '../src/report/read-metrics.js';

const scratch = () => join(mkdtempSync(join(tmpdir(), 'cribo-metrics-')), 'metrics.jsonl');

const row = (step: number, more: object = {}) =>
  JSON.stringify({ step, loss: 10 - step, objects: 12, dataMs: 100, stepMs: 300, crossImage: step > 1, ...more });

function fileOf(...lines: string[]): string {
  const file = scratch();
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe('readMetrics', () => {
  it('gives every step a point while they are few, and sums up the run', async () => {
    const file = fileOf(
      row(0),
      row(1, { phases: { teacher: 4 }, unreadable: 2 }),
      row(2, { applied: false, loss: null }),
      '',
    );
    const metrics = await readMetrics(file, 4);
    expect(metrics).toMatchObject({
      rows: 3,
      firstStep: 0,
      lastStep: 2,
      unreadable: 2,
      leftOut: [2],
      crossImageFrom: 2,
    });
    expect(metrics.seconds).toBeCloseTo(1.2);
    expect(metrics.phases).toEqual([{ teacher: 4 }]);
    expect(metrics.curves.steps()).toEqual([0, 1, 2]);
    expect(metrics.curves.series('loss').mean).toEqual([10, 9, null]);
    expect(metrics.curves.series('waitingShare').mean).toEqual([0.25, 0.25, 0.25]);
  });

  it('fills in what older versions did not write, and leaves out what it cannot know', async () => {
    const { curves } = await readMetrics(fileOf(row(0), row(1)), 4);
    expect(curves.series('objectsPerImage').mean).toEqual([3, 3]);
    expect(curves.series('studentTemp').mean).toEqual([null, null]);
  });

  it('shows no cross-image loss before it is switched on', async () => {
    const lines = [0, 1, 2, 3].map((step) => row(step, { lossCrossImage: step > 1 ? 5 : 0 }));
    const { curves } = await readMetrics(fileOf(...lines), 4);
    expect(curves.series('lossCrossImage').mean).toEqual([null, null, 5, 5]);
  });

  it('passes over a line that a killed process left incomplete', async () => {
    const metrics = await readMetrics(fileOf(row(0), row(1), '{"step":2,"loss":7.'), 4);
    expect([metrics.rows, metrics.lastStep]).toEqual([2, 1]);
  });

  it('reduces long runs to at most 1500 points that keep mean and range', async () => {
    const steps = 40_000;
    const file = scratch();
    const stream = createWriteStream(file);
    for (let step = 0; step < steps; step++) stream.write(`${row(step, { loss: step + (step % 2 ? 5 : -5) })}\n`);
    stream.end();
    await finished(stream);
    const { curves, rows, recent, recentRows } = await readMetrics(file, 4);
    expect(rows).toBe(steps);
    expect(curves.width).toBe(32);
    const points = curves.steps();
    expect(points.length).toBe(Math.ceil(steps / 32));
    const { mean, min, max } = curves.series('loss');
    for (const i of [0, 1, 400, points.length - 2]) {
      expect(points[i]).toBe(32 * i + 15.5);
      expect(mean[i]).toBeCloseTo(points[i]!);
      expect([min[i], max[i]]).toEqual([32 * i - 5, 32 * i + 31 + 5]);
    }
    expect(recentRows).toBe(100);
    expect(recent.loss).toBeCloseTo(steps - 50.5);
  });

  it('counts steps of a run that begins late in it, and gaps, at their place', async () => {
    const { curves } = await readMetrics(fileOf(row(1000), row(1001), row(3999)), 4);
    expect(curves.steps()).toEqual([1000.5, 3998.5]);
    expect(curves.series('loss').mean).toEqual([-990.5, -3989]);
  });

  it.each([
    [
      'a file that is missing',
      join(tmpdir(), 'no-such-run', 'metrics.jsonl'),
      /metrics\.jsonl does not exist, expected the folder of a run/,
    ],
    ['an empty file', fileOf(''), /holds no complete row/],
    ['a file of something else', fileOf('step,loss', '1,2'), /holds no complete row/],
  ])('refuses %s', async (_, file, message) => {
    const error = await readMetrics(file, 4).catch((e: Error) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});
