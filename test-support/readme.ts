import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** Runs a code block of a package's README, by default the first, as it stands, from source; returns what it prints. */
export async function runReadme(packageFolder: string, block = 0): Promise<string> {
  const [, code] = [...readFileSync(resolve(packageFolder, 'README.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)][block]!;
  const flags = ['--conditions=@cribo/source', '--import', 'tsx', '--input-type=module', '--eval', code!];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: packageFolder });
  return stdout;
}
