import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder } from '@cribo/eval-seg';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AblateOptions,
  type AblationStudy,
  ablate,
  gridStudy,
  loadBackend,
  loadConfig,
  resolveCheckpoint,
  studies,
} from '../src/index.js';
import { cribo } from './cribo.js';
import { putScenes } from './oracle-scenes.js';
import { metrics, tiny } from './tiny-run.js';

const root = mkdtempSync(join(tmpdir(), 'cribo-ablate-'));
let images: string;
let masks: string;
beforeAll(async () => {
  await loadBackend({ name: 'onnxruntime' });
  ({ images, masks } = await putScenes(join(root, 'train'), 8));
  for (const split of ['memory', 'query']) await putScenes(join(root, split), 4);
});

let outs = 0;
const newOut = () => join(root, `out-${outs++}`);
/** Rows of one architecture: their steps are compiled once. */
const study: AblationStudy = gridStudy([{ key: 'optimizer.lr', values: [0.05, 0.1] }]);

/** An ablation of two rows with runs of two steps. */
async function options(out: string, over: Partial<AblateOptions> = {}): Promise<AblateOptions> {
  const [memory, query] = [await openFolder(join(root, 'memory')), await openFolder(join(root, 'query'))];
  const config = await loadConfig({ overrides: { ...tiny, training: { ...tiny.training, maxSteps: 2 } } });
  return { source: images, out, config, study, evaluation: { memory, query, k: 3 }, ...over };
}

describe('an ablation', () => {
  it('pretrains and evaluates every row and seed, writes the tables, and leaves no tensors', async () => {
    const tensors = tf.memory().numTensors;
    const out = newOut();
    const begun: string[] = [];
    const result = await ablate(
      await options(out, {
        seeds: 2,
        random: true,
        onRun: ({ name, seed, number, runs, state, secondsLeft }) =>
          begun.push(`${number}/${runs} ${name} ${seed} ${state}${secondsLeft === undefined ? '' : ' ETA'}`),
      }),
    );
    expect(begun).toEqual([
      '1/4 lr=0.05 0 new',
      '2/4 lr=0.1 0 new ETA',
      '3/4 lr=0.05 1 new ETA',
      '4/4 lr=0.1 1 new ETA',
    ]);
    expect(result).toMatchObject({ finished: true, seeds: 2, columns: ['lr'] });
    expect(result.rows.map(({ name, runs }) => [name, runs.map(({ seed, steps }) => `${seed}: ${steps}`)])).toEqual([
      ['random', ['0: 0', '1: 0']],
      ['lr=0.05', ['0: 2', '1: 2']],
      ['lr=0.1', ['0: 2', '1: 2']],
    ]);
    for (const { figures, runs } of result.rows) {
      const values = runs.map((run) => run.figures[0]!.value!);
      expect(figures[0]!.value).toBeCloseTo((values[0]! + values[1]!) / 2, 12);
      expect(figures[0]!.std).toBeCloseTo(Math.abs(values[0]! - values[1]!) / 2, 12);
      expect(values[0]).toBeGreaterThan(0);
    }
    const { markdown, csv, json } = result.files;
    expect(readFileSync(markdown, 'utf8')).toMatch(/^# Ablation of optimizer\.lr\n\n\| row \| lr \| mIoU/);
    expect(readFileSync(csv, 'utf8').split('\n')).toHaveLength(5);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({ ...result, seconds: expect.any(Number) });
    const row = result.rows[1]!.runs[0]!;
    const spent = metrics(row.folder).reduce((sum, { dataMs, stepMs }) => sum + dataMs + stepMs, 0);
    expect(row.seconds).toBeCloseTo(spent / 1000, 6);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('skips finished runs and continues an interrupted one as if nothing had been', async () => {
    const [whole, stopped] = [newOut(), newOut()];
    const wanted = await ablate(await options(whole));
    const controller = new AbortController();
    let current = 0;
    const interrupted = await ablate(
      await options(stopped, {
        signal: controller.signal,
        onRun: ({ number }) => {
          current = number;
        },
        progress: () => ({ update: (done) => current === 2 && done === 1 && controller.abort(), log() {}, stop() {} }),
      }),
    );
    expect(interrupted.finished).toBe(false);
    expect(interrupted.rows.map(({ name }) => name)).toEqual(['lr=0.05']);
    expect(metrics(join(stopped, 'lr=0.1'))).toHaveLength(1);

    const first = join(resolveCheckpoint(join(stopped, 'lr=0.05')), 'student.safetensors');
    const writtenAt = statSync(first).mtimeMs;
    const states: string[] = [];
    const resumed = await ablate(
      await options(stopped, { onRun: ({ name, state }) => states.push(`${name} ${state}`) }),
    );
    expect(states).toEqual(['lr=0.05 finished', 'lr=0.1 started']);
    expect(statSync(first).mtimeMs).toBe(writtenAt);
    const figures = (result: typeof resumed) => result.rows.map((row) => row.figures);
    expect(figures(resumed)).toEqual(figures(wanted));
    const weights = (out: string) => readFileSync(join(resolveCheckpoint(join(out, 'lr=0.1')), 'teacher.safetensors'));
    expect(weights(stopped).equals(weights(whole))).toBe(true);
  });

  it('runs the oracles of Table 11', async () => {
    const config = await loadConfig({
      overrides: { ...tiny, oracle: { masks, classes: 9 }, training: { ...tiny.training, maxSteps: 1 } },
    });
    const { rows } = await ablate(await options(newOut(), { config, study: studies.oracle() }));
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['clusters', 'cycle'],
      ['masks', 'cycle'],
      ['clusters', 'labels'],
      ['masks', 'labels'],
    ]);
    expect(rows.every(({ figures }) => figures[0]!.value! > 0)).toBe(true);
  });
});

describe('bad input is refused before anything runs:', () => {
  const refuses = async (over: Partial<AblateOptions>, sentence: RegExp | string, out = newOut()) => {
    const error = await ablate(await options(out, over)).catch((e: Error) => e);
    expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(sentence) });
    return out;
  };
  const rows = (...settings: [string, object][]): AblationStudy => ({
    title: 'Test',
    columns: [],
    rows: settings.map(([name, over]) => ({ name, settings: over, cells: [] })),
  });

  it.each<[string, AblationStudy, RegExp]>([
    ['an unknown key', rows(['a', {}], ['b', { bank: { size: 1 } }]), /^Row "b": unknown key "bank\.size"; known here/],
    [
      'a value that is not valid',
      rows(['a', { clustering: { clusters: 99 } }]),
      /^Row "a": clustering\.clusters is 99/,
    ],
    ['no rows', rows(), /^The ablation has no rows, expected at least one\.$/],
    ['a name that is no folder', rows(['../a', {}]), /^Row "\.\.\/a": expected a name that can be a folder's/],
    ['a name that comes twice', rows(['a', {}], ['a', { seed: 1 }]), /^Row "a" comes twice/],
    ['a batch without enough images', rows(['a', { training: { batchSize: 9 } }]), /holds 8 images, expected at least/],
    [
      'an oracle without masks',
      rows(['a', { bootstrapping: { criterion: 'labels' } }]),
      /^Row "a": oracle\.masks is not/,
    ],
    [
      'masks that are missing',
      rows(['a', masksAt('/nowhere')]),
      /^\/nowhere: no such folder, expected the label masks/,
    ],
  ])('%s', async (_, wrong, sentence) => {
    expect(existsSync(await refuses({ study: wrong }, sentence))).toBe(false);
  });

  it('an image size that patches do not tile', async () => {
    const { evaluation } = await options(newOut());
    await refuses({ evaluation: { ...evaluation, imageSize: 33 } }, /^imageSize is 33, expected a multiple of/);
  });

  it('a folder with a run of other settings, or on other images', async () => {
    const out = newOut();
    const one = rows(['a', { training: { maxSteps: 1 } }]);
    await ablate(await options(out, { study: one }));
    await refuses(
      { study: rows(['a', { bank: { images: 4 } }]) },
      /a holds a run with other settings \(bank\.images is 8 there and 4 here\); choose/,
      out,
    );
    const copy = join(root, 'copy');
    cpSync(images, copy, { recursive: true });
    await refuses({ study: one, source: copy }, /a holds a run on other images \(images\); choose another --out/, out);
    await putScenes(join(root, 'grown'), 9);
    cpSync(join(root, 'grown', 'images'), copy, { recursive: true });
    const grown = join(root, 'grown-out');
    cpSync(out, grown, { recursive: true });
    const info = join(grown, 'a', 'run.json');
    writeFileSync(info, JSON.stringify({ ...JSON.parse(readFileSync(info, 'utf8')), source: copy }));
    await refuses({ study: one, source: copy }, /a holds a run on 8 images, .*copy holds 9 now; choose/, grown);
    // Settings that change nothing of the numbers may differ.
    await ablate(
      await options(out, { study: rows(['a', { training: { maxSteps: 1 }, logging: { tensorboard: false } }]) }),
    );
  });
});

function masksAt(folder: string) {
  return { clustering: { method: 'masks' as const }, oracle: { masks: folder } };
}

describe('cribo ablate', () => {
  const labelled = () => {
    const folder = join(root, 'labelled');
    for (const [split, from] of [
      ['train', 'memory'],
      ['val', 'query'],
    ] as const) {
      for (const part of ['images', 'masks'])
        cpSync(join(root, from, part), join(folder, part, split), { recursive: true });
    }
    return folder;
  };
  const settings = () => {
    const file = join(root, 'tiny.json');
    writeFileSync(file, JSON.stringify({ ...tiny, training: { ...tiny.training, maxSteps: 1 } }));
    return file;
  };

  it('runs what is missing of a study and prints its table', async () => {
    const out = newOut();
    const [file, evalRoot] = [settings(), labelled()];
    const [memory, query] = await Promise.all(['train', 'val'].map((split) => openFolder(evalRoot, { split })));
    const whole = studies.losses();
    const { rows } = await ablate({
      source: images,
      out,
      config: await loadConfig({ file }),
      study: { ...whole, rows: whole.rows.slice(0, 2) },
      random: true,
      evaluation: { memory: memory!, query: query!, root: evalRoot, k: 3 },
    });
    const args = ['ablate', images, '--config', file, '--study', 'losses', '--out', out];
    const { status, stdout, stderr } = cribo(
      ...args,
      '--eval-root',
      evalRoot,
      '--dataset',
      'folder',
      '--k',
      '3',
      '--random',
    );
    expect(stderr).toMatch(/Run 1 of 3: global, seed 0, finished before\n/);
    expect(stderr).toMatch(/Run 3 of 3: global\+object\+cross-image, seed 0\n/);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('Loss terms (Table 5)');
    expect(lines[1]).toMatch(/^ {2}row +global +object, cross-view +object, cross-image +mIoU 1\/1 +time$/);
    expect(lines[2]).toMatch(/^ {2}random +– +– +– +\d+\.\d\d +–$/);
    expect(lines[5]).toMatch(/^ {2}global\+object\+cross-image +✓ +✓ +✓ +\d+\.\d\d +\d+ s$/);
    // Rows that were there are printed as they were.
    const before = rows.map(({ figures }) => (100 * figures[0]!.value!).toFixed(2));
    expect(lines.slice(2, 5).map((line) => /\d+\.\d\d/.exec(line)![0])).toEqual(before);
    // They were not evaluated again either.
    for (const name of ['random', 'global']) expect(readdirSync(join(out, name, 'evaluations'))).toHaveLength(1);
  });

  it('wants rows from one place, in one sentence', () => {
    const out = newOut();
    const ended = cribo('ablate', images, '--out', out, '--eval-root', root, '--vary', 'seed=1', '--study', 'losses');
    expect(ended).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'cribo: Rows come from one of --study, --vary and --rows; got --study and --vary.\n',
    });
    expect(existsSync(out)).toBe(false);
  });
});
