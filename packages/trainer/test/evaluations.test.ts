import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkWritable } from '../src/commands/output.js';
import { listEvaluations, readEvaluation, saveEvaluation } from '../src/evaluations/saved.js';
import { loadConfig, pretrain, writeReport } from '../src/index.js';
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
  const evaluate = (...args: string[]) => evaluateAt(root, ...args);
  const evaluateAt = (root: string, ...args: string[]) => {
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
    expect(reproduce.settings).toMatchObject({ imageSize: 32 });
    expect(reproduce.data).toEqual([
      { name: `${root} train`, images: 2 },
      { name: `${root} val`, images: 2 },
    ]);
    expect(reproduce.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(reproduce.versions).toHaveProperty('onnxruntime-node');

    // However the path of the data is spelled.
    const again = evaluateAt(relative(process.cwd(), root));
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
    expect(
      listEvaluations(run).map(({ result }) => [result.weights, result.step, result.reproduce.settings.vote]),
    ).toEqual([
      ['teacher', 1, 'softmax'],
      ['teacher', 1, 'majority'],
      ['random', 0, 'softmax'],
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
    rmSync(join(copy, 'confusion.png'));
    expect(() => readEvaluation(copy)).toThrow(/copy.pictures\.json lists confusion\.png, which is not there; remove/);
    for (const [text, sentence] of [
      ['{"protocol": "dense-nn"', /copy.result\.json cannot be read as JSON \(.+\); remove its folder, or evaluate/],
      ['{}', /copy.result\.json is not that of an evaluation \(protocol: .+\); remove/],
      ['null', /copy.result\.json is not that of an evaluation/],
      [JSON.stringify({ ...result, reproduce: {} }), /is not that of an evaluation \(reproduce\.directory: /],
    ] as const) {
      writeFileSync(join(copy, 'result.json'), text);
      expect(() => readEvaluation(copy)).toThrow(sentence);
    }
    expect(existsSync(folder)).toBe(true);
    rmSync(copy, { recursive: true });
    expect(readFileSync(join(folder, 'result.json'), 'utf8')).toContain('"protocol": "dense-nn"');
  });

  it('is not one of the run while it is being written; a damaged one is named by the report', async () => {
    const other = join(scratch(), 'run');
    mkdirSync(join(other, 'evaluations'), { recursive: true });
    for (const part of ['config.yaml', 'metrics.jsonl']) cpSync(join(run, part), join(other, part));
    const { folder } = listEvaluations(run)[0]!;
    cpSync(folder, join(other, 'evaluations', '.unfinished-dense-nn-1'), { recursive: true });
    expect(listEvaluations(other)).toEqual([]);
    const damaged = join(other, 'evaluations', 'damaged');
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'result.json'), 'null');
    const error = await writeReport(other, { pictures: false }).catch((e: Error) => e);
    expect(error).toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/damaged.result\.json is not that of an evaluation/),
    });
  });

  it('is refused a file that cannot be written before anything is computed', () => {
    const args = ['--checkpoint', run, '--dataset', 'folder', '--root', root, '--out', '/nowhere/a.json'];
    const sentence = 'cribo: --out is /nowhere/a.json, which cannot be written (ENOENT).\n';
    expect(cribo('eval', 'dense-nn', ...args)).toMatchObject({ status: 2, stdout: '', stderr: sentence });
    expect(() => checkWritable('--out', root)).toThrow(
      `--out is ${root}, which is a folder; expected a file to write.`,
    );
  });
});
