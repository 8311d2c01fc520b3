import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runReadme } from '../../../test-support/readme.js';

it('runs the first code block of the README as it stands', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'));
  expect(stdout).toMatch(
    /^tokens \[ 2, 25, 48 \] cls \[ 2, 48 \] attention \[ 2, 3, 25, 25 \]\ncheckpoint of 30 tensors, \d+ bytes$/m,
  );
});
