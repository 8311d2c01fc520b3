import { SingleBar } from 'cli-progress';

/** How a long command tells where it is. Everything goes to stderr, so that stdout stays free for results. */
export interface Progress {
  /** `done` of the total is done; `details` are shown behind the bar. */
  update(done: number, details: Record<string, string>): void;
  /** A line that stays. */
  log(line: string): void;
  stop(): void;
}

/**
 * A bar with rate and time left on a terminal; elsewhere a plain line every `plainSeconds`.
 * @param start what was done when the work began
 * @param began when that was, in milliseconds as of `Date.now()`
 */
export function createProgress(
  label: string,
  total: number,
  start = 0,
  plainSeconds = 15,
  began = Date.now(),
): Progress {
  return process.stderr.isTTY
    ? terminalProgress(label, total, start)
    : plainProgress(label, total, start, plainSeconds, began);
}

function terminalProgress(label: string, total: number, start: number): Progress {
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total} | ETA {eta_formatted} | {details}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stream: process.stderr,
    etaBuffer: 20,
  });
  bar.start(total, start, { details: '' });
  return {
    update: (done, details) => bar.update(done, { details: formatDetails(details).join(' | ') }),
    log(line) {
      process.stderr.write(`\r\x1b[K${line}\n`);
    },
    stop: () => bar.stop(),
  };
}

function plainProgress(label: string, total: number, start: number, plainSeconds: number, began: number): Progress {
  let last = 0;
  return {
    update(done, details) {
      const now = Date.now();
      if (done < total && now - last < plainSeconds * 1000) return;
      last = now;
      const secondsLeft = done > start ? ((now - began) / 1000 / (done - start)) * (total - done) : Number.NaN;
      process.stderr.write(
        `${[`${label} ${done}/${total}`, formatEta(secondsLeft), ...formatDetails(details)].join(', ')}\n`,
      );
    },
    log: (line) => void process.stderr.write(`${line}\n`),
    stop() {},
  };
}

const formatDetails = (details: Record<string, string>) =>
  Object.entries(details).map(([name, value]) => `${name} ${value}`);

function formatEta(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'ETA unknown';
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `ETA ${minutes} min ${Math.round(seconds % 60)} s` : `ETA ${Math.round(seconds)} s`;
}
