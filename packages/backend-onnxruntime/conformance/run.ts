import { registerOnnxRuntimeBackend } from '../src/index.js';
import { bundleTests } from './bundle.js';
import { OUTCOMES } from './classify.js';
import { runJasmine, type SpecResult } from './jasmine.js';

/*
 * Runs tfjs-core's own tests against this backend: `pnpm conformance [pattern] [execution provider]`. Exits with 1 when an offered kernel
 * gives a wrong result.
 */

function printTable(results: readonly SpecResult[]): void {
  for (const outcome of OUTCOMES) {
    const group = results.filter((result) => result.outcome === outcome);
    console.log(`${String(group.length).padStart(6)}  ${outcome}`);
  }
  const missing = new Map<string, number>();
  for (const { outcome, detail } of results) {
    if (outcome === 'kernel not offered') missing.set(detail, (missing.get(detail) ?? 0) + 1);
  }
  const names = [...missing].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} (${count})`);
  console.log(`\nKernels not offered: ${names.join(', ') || 'none'}`);
}

function printFailures(results: readonly SpecResult[]): void {
  for (const { name, outcome, detail } of results) {
    if (outcome === 'failed') console.log(`\nFAILED ${name}\n  ${detail.split('\n').slice(0, 4).join('\n  ')}`);
  }
}

const [pattern, provider = 'cpu'] = process.argv.slice(2);
await registerOnnxRuntimeBackend({ threads: 1, executionProviders: [provider] });
const bundle = await bundleTests(['tests'], 'onnxruntime');
const results = await runJasmine(bundle, pattern === undefined ? undefined : new RegExp(pattern));
printFailures(results);
console.log();
printTable(results);
process.exit(results.some((result) => result.outcome === 'failed') ? 1 : 0);
