import { build, defaultClientConditions } from 'vite';

/** One self-contained ES module of a source file of this package and all it imports, as for a browser. */
export async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@cribo/source', ...defaultClientConditions] },
    build: { write: false, target: 'es2022', minify: false, lib: { entry, formats: ['es'], fileName: 'bundle' } },
  });
  const [output] = (Array.isArray(result) ? result[0]! : (result as { output: { code: string }[] })).output;
  if (output === undefined || !('code' in output)) throw new Error(`${entry}: gave no module`);
  return output.code;
}
