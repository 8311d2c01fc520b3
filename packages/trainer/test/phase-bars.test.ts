import { expect, it, onTestFinished, vi } from 'vitest';
import { PhaseBars } from '../src/commands/phase-bars.js';

it('says, away from a terminal, how long every phase still takes: from its first line on, and when it comes back', () => {
  const lines: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  vi.useFakeTimers({ now: 1e12 });
  onTestFinished(() => {
    vi.useRealTimers();
    stderr.mockRestore();
    process.stderr.isTTY = isTTY;
  });
  const bars = new PhaseBars();
  const after = (seconds: number, phase: string, done: number, total: number) => {
    vi.advanceTimersByTime(seconds * 1000);
    bars.update(phase, done, total);
  };
  after(10, 'index', 100, 400);
  after(5, 'retrieval', 10, 40);
  // Nothing within 15 seconds of the last line.
  after(14, 'retrieval', 15, 40);
  after(4, 'retrieval', 20, 40);
  after(8, 'index', 300, 400);
  after(6, 'retrieval', 30, 40);
  bars.stop();
  expect(lines).toEqual([
    'index     100/400, ETA 30 s\n',
    'retrieval 10/40, ETA 15 s\n',
    'retrieval 20/40, ETA 23 s\n',
    'index     300/400, ETA 4 s\n',
    'retrieval 30/40, ETA 6 s\n',
  ]);
});
