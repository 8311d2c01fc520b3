import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const core = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json'));

/**
 * Bundles tfjs-core's published tests into one CommonJS file that Node can load (they are ES modules without file
 * extensions in a package that does not say so). The bundle has its own copy of tfjs-core; engine, kernels and
 * gradients are global, so it tests the backend registered outside.
 *
 * @param tests paths below `dist`, without extension, e.g. `tests` for all of them.
 */
export async function bundleTests(tests: readonly string[], backendName: string): Promise<string> {
  const folder = join(here, '..', 'node_modules', '.cache', 'conformance');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${backendName}.cjs`);
  const setup = `
    import { setTestEnvs } from '${core}/dist/jasmine_util';
    setTestEnvs([{ name: '${backendName}', backendName: '${backendName}', isDataSync: false }]);`;
  const entry = [
    `import '${core}/dist/public/chained_ops/register_all_chained_ops';`,
    `import '${core}/dist/register_all_gradients';`,
    `import 'setup';`,
    ...tests.map((test) => `import '${core}/dist/${test}';`),
  ].join('\n');
  await build({
    stdin: { contents: entry, resolveDir: here },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
    // tfjs-core declares its test files free of side effects, so they would be dropped.
    ignoreAnnotations: true,
    external: ['jasmine-core', 'node-fetch'],
    plugins: [
      {
        name: 'setup',
        setup(b) {
          b.onResolve({ filter: /^setup$/ }, () => ({ path: 'setup', namespace: 'setup' }));
          b.onLoad({ filter: /.*/, namespace: 'setup' }, () => ({ contents: setup, resolveDir: here }));
        },
      },
    ],
  });
  return outfile;
}
