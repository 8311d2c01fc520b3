import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runReadme } from '../../../test-support/readme.js';

it('runs the first code block of the README as it stands', async () => {
  const stdout = await runReadme(resolve(import.meta.dirname, '..'));
  expect(stdout).toMatch(/^view 1: \d+ × \d+ at .*\n {2}27648 normalised values, first patch at .*\nview 2: /);
});
