import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { createRowMaker, type MakeRow, type RowSettings } from './row.js';

/** Makes the rows of batches, in worker threads or in the calling one. */
export interface ViewPool {
  run: MakeRow;
  /** Ends the threads. Nothing may be under way any more. */
  close(): Promise<void>;
}

/**
 * A pool of `workers` threads; with 0 the work is done where it is asked for. Every task goes to a thread as soon as it is
 * asked for, so the threads work through all of them without a turn of this thread's event loop.
 */
export function createViewPool(settings: RowSettings, workers: number): ViewPool {
  if (workers === 0) return { run: createRowMaker(settings), close: async () => {} };
  const pool = new Piscina({
    ...workerModule(),
    workerData: settings,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
  });
  let crash: Error | undefined;
  const crashed = (cause: Error): Error => {
    crash ??= new Error(`a thread that loads images ended unexpectedly (${cause.message})`, { cause });
    return crash;
  };
  pool.on('error', crashed);
  return {
    async run(task) {
      if (crash !== undefined) throw crash;
      return pool.run(task).catch((error: Error) => {
        throw crashed(error);
      });
    },
    close: () => pool.destroy(),
  };
}

/** The worker as built beside this package's other files, or its source, which needs the loader that runs TypeScript. */
function workerModule(): { filename: string; execArgv: string[] } {
  const built = new URL('./view-worker.js', import.meta.url);
  if (existsSync(fileURLToPath(built))) return { filename: built.href, execArgv: [] };
  return {
    filename: new URL('./view-worker.ts', import.meta.url).href,
    execArgv: ['--conditions=@cribo/source', '--import', import.meta.resolve('tsx')],
  };
}
