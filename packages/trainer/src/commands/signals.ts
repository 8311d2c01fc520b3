/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that the step under way is finished and saved.
 * A second one ends the process at once.
 */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('\nStopping after this step; once more ends at once.\n');
      controller.abort();
    });
  }
  return controller.signal;
}
