import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.js';

export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/gradients.ts'],
  // register_all_gradients and the gradient functions it pulls in; `@tensorflow/tfjs-core` itself stays external.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
  external: ['@cribo/tensor/gradients'],
});
