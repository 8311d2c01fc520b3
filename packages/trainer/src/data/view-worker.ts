import { workerData } from 'node:worker_threads';
import { createRowMaker, type RowSettings } from './row.js';

/** Runs in a worker thread of `createViewPool`, which hands it the loader's settings. */
export default createRowMaker(workerData as RowSettings);
