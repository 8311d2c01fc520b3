import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type ViewTask, viewPixels } from './view-pixels.js';

/** Augments images, in worker threads or in the calling one; see `viewPixels`. */
export interface ViewPool {
  run(task: ViewTask): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A pool of `workers` threads; with 0 the work is done where it is asked for. */
export function createViewPool(workers: number): ViewPool {
  if (workers === 0) return { run: async (task) => viewPixels(task), close: async () => {} };
  const { filename, execArgv } = workerModule();
  const pool = new Piscina({ filename, execArgv, minThreads: workers, maxThreads: workers });
  return { run: (task) => pool.run(task), close: () => pool.destroy() };
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
