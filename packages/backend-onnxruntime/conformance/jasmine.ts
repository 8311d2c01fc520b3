import { createRequire } from 'node:module';
import { classify, type Outcome } from './classify.js';

/** One finished test. */
export interface SpecResult {
  readonly name: string;
  readonly outcome: Outcome;
  /** The missing kernel, the unsupported dtype or the failure message. */
  readonly detail: string;
}

interface JasmineResult {
  fullName: string;
  status: string;
  failedExpectations: { message: string }[];
}

/** Runs a bundle of Jasmine tests in this process and returns how each ended. */
export async function runJasmine(bundle: string, match?: RegExp): Promise<SpecResult[]> {
  const require = createRequire(import.meta.url);
  const api = require('jasmine-core').noGlobals();
  Object.assign(globalThis, api);
  const env = api.jasmine.getEnv();
  env.configure({
    random: false,
    ...(match ? { specFilter: (s: { getFullName(): string }) => match.test(s.getFullName()) } : {}),
  });
  const results: SpecResult[] = [];
  env.addReporter({
    specDone({ fullName, status, failedExpectations }: JasmineResult) {
      if (status === 'excluded' || status === 'pending') return;
      results.push({ name: fullName, ...classify(failedExpectations.map((failure) => failure.message)) });
    },
  });
  require(bundle);
  await env.execute();
  return results;
}
