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
  expect(stdout).toMatch(
    /^tokens \[ 2, 25, 48 \] cls \[ 2, 48 \] attention \[ 2, 3, 25, 25 \]\ncheckpoint of 30 tensors, \d+ bytes$/m,
  );
});
