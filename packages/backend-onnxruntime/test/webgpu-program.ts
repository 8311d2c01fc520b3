import { distance, onBoth } from './backend.js';
import { lossAndGradients } from './transformer-block.js';

/*
 * Run by webgpu.test.ts in a process of its own, because the graphics driver is chosen by the environment. Prints the
 * largest difference from the reference backend, or why there is no adapter.
 */
try {
  const { expected, actual } = await onBoth(lossAndGradients, { executionProviders: ['webgpu'] });
  console.log(`difference ${Math.max(...expected.map((array, i) => distance(actual[i]!, array)))}`);
} catch (error) {
  console.log(`no adapter: ${(error as Error).message}`);
}
process.exit(0);
