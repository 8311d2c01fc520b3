import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runReadme } from '../../../test-support/readme.js';

it('runs the first code block of the README as it stands', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'));
  expect(stdout).toMatch(/^loss \d+\.\d+ gradient \[ 2, 4, 3, 16 \]$/m);
});

it('runs the one of wide output layers', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'), 1);
  expect(stdout).toMatch(/^loss \d+\.\d+ gradients \[ 2, 4, 16 \] \[ 16, 1000 \]$/m);
});
