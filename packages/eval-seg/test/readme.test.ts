import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runReadme } from '../../../test-support/readme.js';

it('runs the first code block of the README as it stands', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'));
  expect(stdout).toMatch(
    /^memory 1\/1 \(16 images\): mIoU 100\.0 ± 0\.0\nmemory 1\/8 \(2 images\): mIoU \d+\.\d ± \d+\.\d\n$/m,
  );
});
