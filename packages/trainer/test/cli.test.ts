import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cribo, scratch } from './cribo.js';

describe('cribo', () => {
  it.each([[], ['pretrain'], ['eval'], ['eval', 'dense-nn'], ['ablate'], ['replay'], ['backends']])(
    '%s --help explains itself',
    (...command) => {
      const { status, stdout } = cribo(...command, '--help');
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage: cribo/);
    },
  );

  it('backends lists every name, as JSON when asked', () => {
    const { status, stdout } = cribo('backends', '--json');
    expect(status).toBe(0);
    const names = JSON.parse(stdout).backends.map(({ name }: { name: string }) => name);
    expect(names).toEqual([
      'onnxruntime',
      'onnxruntime-webgpu',
      'onnxruntime-cuda',
      'tensorflow',
      'tensorflow-gpu',
      'webgpu',
      'wasm',
      'cpu',
    ]);
  });
});

describe('bad input ends in one sentence and exit code 2, and nothing is written:', () => {
  const refuses = (args: string[], sentence: RegExp) => {
    const out = join(scratch(), 'run');
    const { status, stdout, stderr } = cribo(...args.map((arg) => (arg === 'OUT' ? out : arg)));
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ status, stdout, written: existsSync(out) }).toEqual({ status: 2, stdout: '', written: false });
  };

  it('a folder without images', () => {
    refuses(['pretrain', scratch(), '--out', 'OUT'], /^cribo: .*holds no image/);
  });

  it('an unknown key in a configuration', () => {
    const file = join(scratch(), 'c.yaml');
    writeFileSync(file, 'clustering: { cluster: 4 }\n');
    refuses(
      ['pretrain', '.', '--config', file, '--out', 'OUT'],
      /^cribo: .*c\.yaml: unknown key "clustering\.cluster"/,
    );
  });

  it('more clusters than tokens', () => {
    const set = ['--set', 'views.imageSize=32', '--set', 'clustering.clusters=9'];
    refuses(
      ['pretrain', '.', ...set, '--out', 'OUT'],
      /clustering\.clusters is 9, expected at most the 8 patch tokens/,
    );
  });

  it('a backend that is not installed', () => {
    const images = scratch();
    for (let i = 0; i < 4; i++) writeFileSync(join(images, `${i}.png`), 'never read');
    const args = ['pretrain', images, '--batch-size', '4', '--backend', 'tensorflow-gpu', '--out', 'OUT'];
    refuses(args, /needs the package @tensorflow\/tfjs-node-gpu.*npm install @tensorflow\/tfjs-node-gpu/);
  });

  it('a checkpoint that is not there, and one that is not JSON', () => {
    refuses(['eval', 'dense-nn', '--checkpoint', '/nowhere', '--root', '.'], /no checkpoint folder \/nowhere/);
    const folder = scratch();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'checkpoint.json'), '{');
    refuses(['eval', 'dense-nn', '--checkpoint', folder, '--root', '.'], /checkpoint\.json cannot be read as JSON/);
  });
});
