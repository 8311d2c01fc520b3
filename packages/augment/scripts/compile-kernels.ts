// Compiles ../assembly to WebAssembly and stores it where ../src/simd/kernels.ts finds it:
//   npx -y pnpm@10 --filter @cribo/augment kernels
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(import.meta.dirname, '..');

/** The committed module. */
export const moduleFile = join(root, 'src/simd/kernels.generated.ts');

/** The text of that module as the sources in ../assembly give it. */
export async function generatedModule(): Promise<string> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    // The kernels allocate nothing and import nothing. Warning 112: functions of vectors are called across files.
    ['index.ts', '-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--use', 'abort='].concat([
      '--disableWarning',
      '112',
      '--baseDir',
      join(root, 'assembly'),
      '--outFile',
      'kernels.wasm',
    ]),
    {
      writeFile(_, contents) {
        wasm = contents as Uint8Array;
      },
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`assembly: does not compile\n${stderr.toString()}`);
  return [
    '// Compiled from ../../assembly by scripts/compile-kernels.ts; a test compares the two.',
    '',
    '/** WebAssembly, in base64. */',
    'export const kernelBytes =',
    `  '${Buffer.from(wasm).toString('base64')}';`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(moduleFile, await generatedModule());
