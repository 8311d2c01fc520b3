import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Generator } from '@cribo/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { resolveCheckpoint } from '../src/index.js';
import { cribo, type Ended, grown, scratch, startCribo } from './cribo.js';
import { metrics, putImages, tiny } from './tiny-run.js';

/*
 * Real processes on small runs that write a checkpoint after every second step. Whatever happens to them, a run has to
 * end with the weights, and the losses, of the run that nothing happened to.
 */

/** A run that is left alone, and how to start another like it. */
interface Reference {
  steps: number;
  settings: string[];
  undisturbed: string;
}
let images: string;
let short: Reference;
let long: Reference;

async function reference(epochs: number): Promise<Reference> {
  const file = join(scratch(), 'tiny.yaml');
  writeFileSync(file, stringify({ ...tiny, training: { ...tiny.training, epochs, checkpointEverySteps: 2 } }));
  const settings = ['pretrain', images, '--config', file];
  const undisturbed = join(scratch(), 'run');
  expect(cribo(...settings, '--out', undisturbed)).toMatchObject({ status: 0 });
  return { steps: 5 * epochs, settings, undisturbed };
}

beforeAll(async () => {
  images = await putImages(22);
  short = await reference(10);
  long = await reference(50);
});

const start = ({ settings }: Reference, out: string) => [...settings, '--out', out];
const resume = (run: Reference, out: string) => [...start(run, out), '--resume'];
const logOf = (out: string) => join(out, 'log.txt');

/** Waits until what a run's log says after its first `size` bytes matches; at most a minute. */
async function logSays(out: string, expected: RegExp, size: number): Promise<void> {
  for (;;) {
    const log = existsSync(logOf(out)) ? readFileSync(logOf(out), 'utf8') : '';
    if (expected.test(log.slice(size))) return;
    await grown(logOf(out), log.length);
  }
}

/** The run in `out` is complete and equals the undisturbed one in every byte of its state. */
function expectUndisturbed(out: string, { undisturbed }: Reference) {
  const [actual, expected] = [resolveCheckpoint(out), resolveCheckpoint(undisturbed)];
  const names = readdirSync(expected).filter((name) => name.endsWith('.safetensors'));
  expect(names).toHaveLength(4);
  for (const name of names) {
    expect(readFileSync(join(actual, name)).equals(readFileSync(join(expected, name))), name).toBe(true);
  }
  const losses = (run: string) => metrics(run).map(({ step, loss, gradNorm }) => [step, loss, gradNorm]);
  expect(losses(out)).toEqual(losses(undisturbed));
  expect(readdirSync(join(out, 'checkpoints'))).toHaveLength(1);
}

function expectOneSentence({ status, stdout, stderr }: Ended, sentence: RegExp) {
  expect(stderr.trim().split('\n').at(-1)).toMatch(sentence);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
}

describe('a run', () => {
  it('killed at 20 random moments goes on each time as if nothing had happened', { timeout: 1_200_000 }, async () => {
    const out = join(scratch(), 'run');
    const random = Generator.fromSeed(20);
    const reached: number[] = [];
    while (reached.length < 20) {
      const logged = existsSync(logOf(out)) ? statSync(logOf(out)).size : 0;
      const run = startCribo(...(existsSync(out) ? resume(long, out) : start(long, out)));
      if (reached.length % 5 === 3) {
        await sleep(random.uniform(0, 2500)); // while it starts
      } else {
        // While it loads and compiles, or while it trains and writes checkpoints.
        await logSays(out, reached.length % 5 === 4 ? / at step / : / wrote /, logged);
        await sleep(random.uniform(0, 400));
      }
      run.kill('SIGKILL');
      const { signal, status } = await run.ended;
      if (signal === 'SIGKILL') {
        reached.push(existsSync(join(out, 'metrics.jsonl')) ? metrics(out).length : 0);
      } else {
        // A fast machine was done before the shot: on with another run.
        expect(status).toBe(0);
        expectUndisturbed(out, long);
        rmSync(out, { recursive: true });
      }
    }
    expect(new Set(reached).size).toBeGreaterThan(10);
    expect(cribo(...(existsSync(out) ? resume(long, out) : start(long, out)))).toMatchObject({ status: 0 });
    expectUndisturbed(out, long);
  });

  it('stopped by SIGTERM finishes its step and is continued', async () => {
    const out = join(scratch(), 'run');
    const run = startCribo(...start(short, out), '--grace', '60');
    await grown(join(out, 'metrics.jsonl'));
    run.kill('SIGTERM');
    const { status, stdout, stderr } = await run.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/Stopping after this step and its checkpoint within 60 s/);
    expect(stdout).toMatch(/Stopped after \d+ steps.*Continue with: cribo pretrain .* --resume/s);
    expect(cribo(...resume(short, out))).toMatchObject({ status: 0 });
    expectUndisturbed(out, short);
  });

  it('that cannot stop within its grace time ends by itself and loses nothing it had saved', async () => {
    let out: string;
    let ended: Ended;
    // Now and then the signal comes when there is less than a millisecond left to do: then it ends well.
    do {
      out = join(scratch(), 'run');
      const run = startCribo(...start(short, out), '--grace', '0.001');
      await grown(join(out, 'metrics.jsonl'), 2000);
      run.kill('SIGTERM');
      ended = await run.ended;
    } while (ended.status === 0);
    expect(ended.status).toBe(143);
    expect(ended.stderr).toMatch(/not done 0\.001 s after SIGTERM; the newest complete checkpoint stands/);
    expect(cribo(...resume(short, out))).toMatchObject({ status: 0 });
    expectUndisturbed(out, short);
  });

  it('has its folder to itself', async () => {
    const out = join(scratch(), 'run');
    const run = startCribo(...start(long, out));
    await grown(logOf(out));
    expectOneSentence(
      cribo(...resume(long, out)),
      /^cribo: .*run is in use by another run \(process \d+ on .+\); wait for it or choose another --out\.$/,
    );
    expect(await run.ended).toMatchObject({ status: 0 });
    expectUndisturbed(out, long);
  });
});

/** A file system of its own, of `kilobytes`; undefined where this user may not make one. */
function mountSmall(kilobytes: number): string | undefined {
  const folder = scratch();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    return undefined;
  }
}

const disk = mountSmall(4096);
describe.skipIf(disk === undefined)(
  `on a small file system${disk === undefined ? ': this user may not mount one' : ''}`,
  () => {
    afterAll(() => execFileSync('umount', [disk!]));
    const out = join(disk ?? '', 'run');
    const filler = join(disk ?? '', 'filler');
    const bytesFree = () => {
      const { bavail, bsize } = statfsSync(disk!);
      return bavail * bsize;
    };

    it('a run whose disk fills up stops with a sentence, and is continued when there is room', async () => {
      const run = startCribo(...start(short, out));
      await grown(join(out, 'metrics.jsonl'), 4000);
      run.kill('SIGTERM');
      expect(await run.ended).toMatchObject({ status: 0 });
      const checkpointBytes = readdirSync(resolveCheckpoint(out))
        .map((name) => statSync(join(resolveCheckpoint(out), name)).size)
        .reduce((a, b) => a + b);
      const random = Generator.fromSeed(3);
      for (let i = 0; i < 6; i++) {
        const before = readdirSync(join(out, 'checkpoints'));
        // From no room at all to not quite enough for a second checkpoint beside the first.
        const room = i === 0 ? 0 : Math.floor(random.uniform(0, checkpointBytes));
        writeFileSync(filler, Buffer.alloc(Math.max(0, bytesFree() - room)));
        expectOneSentence(
          cribo(...resume(short, out)),
          /^cribo: .*run cannot be written: the disk is full; nothing up to its newest checkpoint .*step-\d+ is lost; mend that, then continue with --resume\.$/,
        );
        expect(readdirSync(join(out, 'checkpoints'))).toEqual(before);
        rmSync(filler);
      }
      expect(cribo(...resume(short, out))).toMatchObject({ status: 0 });
      expectUndisturbed(out, short);
    });

    it('a read-only folder is refused in a sentence', () => {
      execFileSync('mount', ['-o', 'remount,ro', disk!]);
      const sentence = /cannot be written: the file system is read-only; /;
      expectOneSentence(cribo(...start(short, join(disk!, 'other'))), sentence);
      expectOneSentence(cribo(...resume(short, out)), sentence);
      execFileSync('mount', ['-o', 'remount,rw', disk!]);
    });
  },
);

it('a file in the place of the run folder is refused in a sentence', () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  expectOneSentence(cribo(...start(short, file)), /file cannot be written: it is a file, not a folder; /);
});
