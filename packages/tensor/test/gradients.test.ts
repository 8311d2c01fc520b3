import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const packageFolder = resolve(import.meta.dirname, '..');

/** The gradient of Σ x² needs those of Square and Sum: with tfjs-core alone, Node knows of neither. */
const program = (registration: string) => `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
${registration}
tf.env().set('PROD', true);
const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, 2]));
gradient.data().then((values) => console.log('gradient', values.join()));
`;

describe('gradients of TensorFlow.js', () => {
  /** A user's project, with the built package and TensorFlow.js installed. */
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'cribo-tensor-'));
    await mkdir(join(project, 'node_modules/@cribo'), { recursive: true });
    await symlink(packageFolder, join(project, 'node_modules/@cribo/tensor'));
    await symlink(join(packageFolder, 'node_modules/@tensorflow'), join(project, 'node_modules/@tensorflow'));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  });

  afterAll(() => rm(project, { recursive: true }));

  const run = async (file: string) => (await execute(process.execPath, [file], { cwd: project })).stdout;

  it('are missing in plain Node without this package', async () => {
    await writeFile(join(project, 'without.mjs'), program(''));
    await expect(run('without.mjs')).rejects.toThrow(/gradient function not found for Sum/);
  });

  for (const entry of ['@cribo/tensor', '@cribo/tensor/gradients']) {
    it(`are registered in plain Node by importing ${entry}`, async () => {
      await writeFile(join(project, 'plain.mjs'), program(`import '${entry}';`));
      expect(await run('plain.mjs')).toContain('gradient 2,4');
    });
  }

  it('are registered in a Vite bundle', async () => {
    await writeFile(join(project, 'main.js'), program(`import '@cribo/tensor';`));
    await build({
      root: project,
      configFile: false,
      logLevel: 'error',
      resolve: { dedupe: ['@tensorflow/tfjs-core'] },
      build: {
        outDir: 'bundle',
        target: 'es2022',
        minify: false,
        // CommonJS, since TensorFlow.js calls `require` where it finds itself in Node.
        lib: { entry: 'main.js', formats: ['cjs'], fileName: () => 'main.cjs' },
      },
    });
    expect(await run('bundle/main.cjs')).toContain('gradient 2,4');
  });
});
