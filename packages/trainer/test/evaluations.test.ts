import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listEvaluations, readEvaluation, saveEvaluation } from '../src/evaluations/saved.js';
import { loadConfig, pretrain } from '../src/index.js';
import { cribo, scratch } from './cribo.js';
import { layouts, putLabelled } from './labelled-layouts.js';
import { putImages, tiny } from './tiny-run.js';

describe('the result of an evaluation', () => {
  let run: string;
  let root: string;
  beforeAll(async () => {
    run = join(scratch(), 'run');
    const config = await loadConfig({ overrides: { ...tiny, training: { ...tiny.training, maxSteps: 1 } } });
    await pretrain({ source: await putImages(4), out: run, config });
    root = await putLabelled(layouts.folder!);
  });
  const evaluate = (...args: string[]) => {
    const dataset = ['--dataset', 'folder', '--root', root, '--k', '1', '--subsampling', '1'];
    const ended = cribo('eval', 'dense-nn', '--checkpoint', run, ...dataset, '--json', ...args);
    expect(ended).toMatchObject({ status: 0 });
    return { ...ended, result: JSON.parse(ended.stdout) };
  };
  const kept = () => readdirSync(join(run, 'evaluations')).sort();

  it('is kept in the run folder with all that it takes to repeat it, and is not computed twice', () => {
    const first = evaluate();
    const [name] = kept();
    expect(kept()).toEqual([expect.stringMatching(/^dense-nn-folder-teacher-step-1-[0-9a-f]{8}$/)]);
    expect(first.result).toMatchObject({ protocol: 'dense-nn', step: 1, weights: 'teacher' });
    const { reproduce } = first.result;
    expect(reproduce.command.slice(0, 3)).toEqual(['cribo', 'eval', 'dense-nn']);
    expect(reproduce.settings).toMatchObject({ dataset: 'folder', root, k: 1, seeds: 5, backend: 'onnxruntime' });
    expect(reproduce.data).toEqual([
      { name: `${root} train`, images: 2 },
      { name: `${root} val`, images: 2 },
    ]);
    expect(reproduce.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(reproduce.versions).toHaveProperty('onnxruntime-node');

    const again = evaluate();
    expect(again.stderr).toContain(`Evaluated before, on ${reproduce.date}: ${join(run, 'evaluations', name!)}`);
    expect(again.result).toEqual(first.result);
    expect(readEvaluation(join(run, 'evaluations', name!))!.result).toEqual(first.result);
  });

  it('is computed again when asked, or when a setting or the weights are others', () => {
    const before = listEvaluations(run)[0]!.result.reproduce.date;
    const { result, stderr } = evaluate('--fresh');
    expect(stderr).not.toContain('Evaluated before');
    expect(result.reproduce.date > before).toBe(true);
    expect(kept()).toHaveLength(1);
    evaluate('--vote', 'majority');
    evaluate('--weights', 'random');
    expect(kept()).toHaveLength(3);
    expect(listEvaluations(run).map(({ result }) => [result.weights, result.reproduce.settings.vote])).toEqual([
      ['teacher', 'softmax'],
      ['teacher', 'majority'],
      ['random', 'softmax'],
    ]);
  });

  it('goes to another folder on request, and is still printed where it cannot be kept', () => {
    const folder = join(scratch(), 'kept');
    evaluate('--save', folder);
    expect(readdirSync(folder)).toHaveLength(1);
    const file = join(scratch(), 'file');
    writeFileSync(file, '');
    const { stderr, result } = evaluate('--save', file);
    expect(stderr).toMatch(/The result could not be kept in .*: ENOTDIR/);
    expect(result.ratios).toHaveLength(1);
  });

  it('is read as a whole or not at all', async () => {
    const { result, folder } = listEvaluations(run)[0]!;
    const copy = join(scratch(), 'copy');
    const about = { caption: 'What is taken for what.', legend: [{ name: 'cat', colour: '#400000' }] };
    const picture = { name: 'confusion', png: Uint8Array.of(1, 2, 3), about };
    await saveEvaluation(copy, result, [picture]);
    expect(readEvaluation(copy)).toEqual({
      folder: copy,
      result,
      pictures: [{ file: join(copy, 'confusion.png'), ...about }],
    });
    expect(readdirSync(dirname(copy))).toEqual(['copy']);
    expect(readEvaluation(join(dirname(copy), 'none'))).toBeUndefined();
    writeFileSync(join(copy, 'result.json'), '{"protocol": "dense-nn"');
    expect(() => readEvaluation(copy)).toThrow(/copy.result\.json cannot be read as JSON/);
    writeFileSync(join(copy, 'result.json'), '{}');
    expect(() => readEvaluation(copy)).toThrow(/is not the result of an evaluation: it lacks "protocol"\./);
    expect(existsSync(folder)).toBe(true);
    rmSync(copy, { recursive: true });
    expect(readFileSync(join(folder, 'result.json'), 'utf8')).toContain('"protocol": "dense-nn"');
  });
});
