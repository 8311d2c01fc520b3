/** What a test of tfjs-core says about the backend. */
export type Outcome =
  | 'passed'
  | 'differs in the last bit'
  | 'kernel not offered'
  | 'dtype not offered'
  | 'needs synchronous read'
  | 'failed';

export const OUTCOMES: readonly Outcome[] = [
  'passed',
  'differs in the last bit',
  'kernel not offered',
  'dtype not offered',
  'needs synchronous read',
  'failed',
];

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
    if (excuse) result = { outcome: excuse[0], detail: excuse[1].exec(message)![1] ?? '' };
    else if (differsInLastBit(message)) result = { outcome: 'differs in the last bit', detail: message };
    else return { outcome: 'failed', detail: message };
  }
  return result;
}

/**
 * Whether all numbers of an 'Arrays differ' message are within one unit in the last place of float32. Some tests compare
 * large values with an absolute tolerance that is finer than that.
 */
function differsInLastBit(message: string): boolean {
  const numbers = (label: string): number[] | undefined =>
    new RegExp(`${label}:\\s*(.*)\\.$`, 'm').exec(message)?.[1]?.split(',').map(Number);
  const actual = numbers('Actual');
  const expected = numbers('Expected');
  if (!actual || !expected || actual.length !== expected.length) return false;
  return actual.every(
    (value, i) => Math.abs(value - expected[i]!) <= Math.max(2 ** -23 * Math.abs(expected[i]!), 1e-3),
  );
}
