import type { Options } from 'tsup';

/** The build every package shares: ESM, type declarations, and tfjs-core left to the user (one global engine). */
export const base: Options = {
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
  treeshake: true,
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
};
