import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBackend } from '../backends/load.js';
import type { ImageSource } from '../data/index.js';
import { InputError } from '../errors.js';
import { renderPage } from './page/render-page.js';
import { drawPictures, type Pictures } from './pictures/draw-pictures.js';
import { readRun } from './read-run.js';
import type { RunStatus } from './run-status.js';

export interface ReportOptions {
  /** The page to write; by default `report.html` in the run folder. */
  out?: string;
  /** Draw what the teacher sees, which takes the run's images and some seconds of a backend; default true. */
  pictures?: boolean;
  /** The backend for the pictures; by default that of the run. */
  backend?: string;
  /** The run's images, where they are open already; by default they are opened from where `run.json` says they are. */
  images?: ImageSource;
}

export interface ReportResult {
  /** The page. */
  file: string;
  bytes: number;
  /** Steps that the curves show. */
  steps: number;
  status: RunStatus;
  /** Why the page has no pictures; absent if it has. */
  withoutPictures?: string;
}

/**
 * Writes the report of a run, finished or not: one HTML page that needs no other file and no network, with curves, pictures
 * drawn from the newest checkpoint, and the settings. Where the images or the checkpoint are gone it says so instead.
 *
 * @throws InputError if `runDir` is no run or one of its files is damaged, or if the backend asked for is not there
 */
export async function writeReport(runDir: string, options: ReportOptions = {}): Promise<ReportResult> {
  const run = await readRun(runDir);
  const { backend } = options;
  // One that is asked for has to be there; without the run's own there are no pictures.
  if (backend !== undefined) await loadBackend({ ...run.config.backend, name: backend });
  const pictures =
    options.pictures === false ? 'they were not asked for' : await attempt(() => drawPictures(run, options));
  const page = renderPage(run, pictures);
  const file = options.out ?? join(runDir, 'report.html');
  writeFileSync(file, page);
  return {
    file,
    bytes: Buffer.byteLength(page),
    steps: run.metrics.rows,
    status: run.status,
    ...(typeof pictures === 'string' && { withoutPictures: pictures }),
  };
}

/** What `draw` draws, or the sentence that says what is missing for it. */
async function attempt(draw: () => Promise<Pictures>): Promise<Pictures | string> {
  try {
    return await draw();
  } catch (error) {
    if (error instanceof InputError) return error.message.replace(/\.$/, '');
    throw error;
  }
}
