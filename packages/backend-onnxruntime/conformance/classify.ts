/** What a test of tfjs-core says about the backend. */
export type Outcome = 'passed' | 'kernel not offered' | 'dtype not offered' | 'needs synchronous read' | 'failed';

const excuses: [Outcome, RegExp][] = [
  ['kernel not offered', /Kernel '?(\w+)'? not registered for backend/],
  ['dtype not offered', /does not support the dtype (string|complex64)/],
  ['needs synchronous read', /computes asynchronously/],
];

/** One sentence per violated expectation decides; a test is excused only if every one of them is. */
export function classify(messages: readonly string[]): { outcome: Outcome; detail: string } {
  let result: { outcome: Outcome; detail: string } = { outcome: 'passed', detail: '' };
  for (const message of messages) {
    const excuse = excuses.find(([, pattern]) => pattern.test(message));
    if (!excuse) return { outcome: 'failed', detail: message };
    const [outcome, pattern] = excuse;
    result = { outcome, detail: pattern.exec(message)![1] ?? '' };
  }
  return result;
}
