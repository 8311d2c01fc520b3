import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** Runs the first code block of a package's README as it stands, from source, and returns what it prints. */
export async function runReadme(packageFolder: string): Promise<string> {
  const [, code] = /```js\n(.*?)```/s.exec(readFileSync(resolve(packageFolder, 'README.md'), 'utf8'))!;
  const flags = ['--conditions=@cribo/source', '--import', 'tsx', '--input-type=module', '--eval', code!];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: packageFolder });
  return stdout;
}
