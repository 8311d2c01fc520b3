/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that the step under way is finished and saved.
 * A second one ends the process at once.
 *
 * @param graceSeconds after SIGTERM the process ends by itself so many seconds later, done or not, as a scheduler that
 *   sent it would kill it then; absent, it takes the time it needs
 */
export function stopOnSignals(graceSeconds?: number): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      const limit = name === 'SIGTERM' ? graceSeconds : undefined;
      const within = limit === undefined ? '' : ` within ${limit} s`;
      process.stderr.write(`\nStopping after this step and its checkpoint${within}; once more ends at once.\n`);
      if (limit !== undefined) setTimeout(() => endUnfinished(limit, code), 1000 * limit).unref();
      controller.abort();
    });
  }
  return controller.signal;
}

function endUnfinished(seconds: number, code: number): void {
  process.stderr.write(
    `cribo: not done ${seconds} s after SIGTERM; the newest complete checkpoint stands, continue with --resume.\n`,
  );
  process.exit(code);
}
