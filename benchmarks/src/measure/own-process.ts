import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MeasurementName, RequestOf, ResultOf } from './measurements.js';

export interface Question {
  name: MeasurementName;
  request: unknown;
}

export type Answer = { result: unknown } | { error: string };

/** A measurement that did not come to its end; the message says why in one sentence. */
export class MeasurementFailed extends Error {
  override name = 'MeasurementFailed';
}

/**
 * Measures in a process of its own, so that its peak of memory is that of this measurement, and nothing measured before has
 * warmed up or used up anything. What it prints goes to stderr.
 *
 * @param environment variables besides those of this process
 * @param limitSeconds how long it may take
 * @throws MeasurementFailed if the measurement throws, takes too long, or its process dies
 */
export function inOwnProcess<Name extends MeasurementName>(
  name: Name,
  request: RequestOf<Name>,
  { environment = {}, limitSeconds }: { environment?: Record<string, string>; limitSeconds?: number } = {},
): Promise<ResultOf<Name>> {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
    execArgv: ['--conditions=@cribo/source', '--import', 'tsx'],
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, ...environment },
  });
  let tooLong = false;
  const limit =
    limitSeconds === undefined
      ? undefined
      : setTimeout(() => {
          tooLong = true;
          child.kill('SIGKILL');
        }, limitSeconds * 1000);
  return new Promise((resolve, reject) => {
    child.once('message', (answer: Answer) => {
      if ('result' in answer) resolve(answer.result as ResultOf<Name>);
      else reject(new MeasurementFailed(answer.error.split('\n')[0]));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      if (tooLong) reject(new MeasurementFailed(`The measurement took more than ${limitSeconds} s.`));
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      const why = signal === 'SIGKILL' ? '; the memory may not have sufficed' : '';
      reject(new MeasurementFailed(`The process of the measurement ${how} before it had a result${why}.`));
    });
    child.send({ name, request } satisfies Question);
  });
}
