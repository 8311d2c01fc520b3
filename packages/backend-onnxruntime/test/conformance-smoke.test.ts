import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { classify } from '../conformance/classify.js';

const script = fileURLToPath(new URL('../conformance/run.ts', import.meta.url));

it("tfjs-core's own tests of a few ops pass", () => {
  const out = execFileSync(
    process.execPath,
    ['--conditions=@cribo/source', '--import', 'tsx', script, '^(matmul|softmax|concat1d|where|erf) '],
    { encoding: 'utf8' },
  );
  expect(Number(/(\d+) {2}passed/.exec(out)?.[1])).toBeGreaterThan(60);
  expect(out).toMatch(/ 0 {2}failed/);
});

it('a test counts as failed unless every violated expectation is excused', () => {
  expect(classify([]).outcome).toBe('passed');
  const missing = "Error: Kernel 'Unique' not registered for backend 'onnxruntime'";
  expect(classify([missing])).toEqual({ outcome: 'kernel not offered', detail: 'Unique' });
  expect(classify([missing, 'Expected 1 to equal 2.']).outcome).toBe('failed');
  expect(classify(['Arrays differ\nActual:   1,2.\nExpected: 1,3.']).outcome).toBe('failed');
});
