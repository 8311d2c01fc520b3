import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.js';

export default defineConfig({
  ...base,
  // The worker has to lie beside the other files, where the code that starts it looks for it.
  entry: { index: 'src/index.ts', cli: 'src/cli.ts', 'view-worker': 'src/data/view-worker.ts' },
});
