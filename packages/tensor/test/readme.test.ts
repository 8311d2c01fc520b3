import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runReadme } from '../../../test-support/readme.js';

it('runs the first code block of the README as it stands', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'));
  expect(stdout).toMatch(/^loss 1\.\d{4} gradients of fc1\.weight, fc1\.bias, fc2\.weight, fc2\.bias$/m);
});
