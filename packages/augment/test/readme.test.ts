import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('runs the first code block of the README as it stands', async () => {
  const folder = resolve(import.meta.dirname, '..');
  const [, code] = /```js\n(.*?)```/s.exec(readFileSync(resolve(folder, 'README.md'), 'utf8'))!;
  const flags = ['--conditions=@cribo/source', '--import', 'tsx', '--input-type=module', '--eval', code!];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: folder });
  expect(stdout).toMatch(/^view 1: \d+ × \d+ at .*\n {2}27648 normalised values, first patch at .*\nview 2: /);
});
