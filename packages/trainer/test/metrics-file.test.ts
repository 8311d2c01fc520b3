import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendMetrics, forgetStepsFrom } from '../src/run/metrics-file.js';
import { scratch } from './cribo.js';

function fileOf(steps: number[], rest = ''): string {
  const file = join(scratch(), 'metrics.jsonl');
  for (const step of steps) appendMetrics(file, { step, loss: 1 / (step + 1), epoch: 0 });
  writeFileSync(file, rest, { flag: 'a' });
  return file;
}
const stepsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).step);

it.each([
  { title: 'steps taken after the checkpoint', steps: [0, 1, 2, 3, 4], rest: '', from: 3, left: [0, 1, 2] },
  { title: 'a line that was cut off', steps: [0, 1], rest: '{"step":2,"lo', from: 2, left: [0, 1] },
  { title: 'a cut-off line of an earlier step, and what follows it', steps: [0], rest: '{"st\n', from: 5, left: [0] },
  { title: 'nothing of a complete file', steps: [0, 1, 2], rest: '', from: 3, left: [0, 1, 2] },
  { title: 'everything of a run that begins again', steps: [0, 1], rest: '', from: 0, left: [] },
])('forgets $title', async ({ steps, rest, from, left }) => {
  const file = fileOf(steps, rest);
  await forgetStepsFrom(file, from);
  expect(stepsIn(file)).toEqual(left);
});

it('finds the place in a file of many blocks', async () => {
  const file = fileOf(Array.from({ length: 5000 }, (_, step) => step));
  await forgetStepsFrom(file, 4321);
  expect(stepsIn(file)).toHaveLength(4321);
  expect(stepsIn(file).at(-1)).toBe(4320);
});

it('takes a run without metrics as it is', async () => {
  await forgetStepsFrom(join(scratch(), 'metrics.jsonl'), 1);
});
