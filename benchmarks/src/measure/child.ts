import { InputError } from '@cribo/trainer';
import { measurements, type RequestOf } from './measurements.js';
import type { Answer, Question } from './own-process.js';

// The program of the process that `inOwnProcess` starts: one question, one answer.
process.once('message', async ({ name, request }: Question) => {
  const measure = measurements[name] as (request: RequestOf<typeof name>) => Promise<unknown>;
  const answer: Answer = await measure(request as never).then(
    (result) => ({ result }),
    (error: Error) => {
      // What the person can mend is one sentence; anything else is a defect and needs its stack.
      if (!(error instanceof InputError)) process.stderr.write(`${error.stack}\n`);
      return { error: error.message };
    },
  );
  // Backends may keep threads alive.
  process.send!(answer, () => process.exit());
});
