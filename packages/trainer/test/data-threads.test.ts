import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createLoader } from '../src/data/index.js';
import { loaderGenerator } from '../src/data/row.js';
import { hash, hashes, options, put, putImage, runProgram, testFolder } from './data-fixtures.js';

const folder = testFolder();
let files: string[];
beforeAll(async () => {
  files = await Promise.all(Array.from({ length: 40 }, (_, i) => putImage(join(folder.path, `${i}.png`), i)));
});

/** Keeps this thread busy, as a training step does: no promise, message or timer of it gets a turn. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Whether a promise is settled after no more than a few turns of the event loop, in which nothing can be read or computed. */
async function settledAtOnce(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.finally(() => {
    settled = true;
  });
  for (let turn = 0; turn < 10 && !settled; turn++) await nextTurn();
  return settled;
}

describe('worker threads', () => {
  it.each([1, 2])('(%i) prepare all batches ahead while the main thread is busy', async (workers) => {
    const prefetch = 4;
    const loader = createLoader(options(files, { workers, prefetch }));
    onTestFinished(() => loader.close());
    const epoch = loader.epoch(0);
    await epoch.next();
    block(2000);
    for (let i = 0; i < prefetch; i++) expect(await settledAtOnce(epoch.next()), `batch ${i + 1}`).toBe(true);
  });

  it('prepare them also where images are damaged', async () => {
    const damaged = await Promise.all(
      files.map((file, i) => (i % 4 === 0 ? put(join(folder.path, `damaged-${i}.png`), 'damaged') : file)),
    );
    const loader = createLoader(options(damaged, { workers: 1, prefetch: 2, maxUnreadable: 1 }));
    onTestFinished(() => loader.close());
    const epoch = loader.epoch(0);
    await epoch.next();
    block(2000);
    for (let i = 0; i < 2; i++) expect(await settledAtOnce(epoch.next()), `batch ${i + 1}`).toBe(true);
  });

  it('prepare the next epoch during the last batches of one', async () => {
    const loader = createLoader(options(files, { workers: 1, prefetch: 2 }));
    onTestFinished(() => loader.close());
    for await (const _ of loader.epoch(0)) await _;
    block(2000);
    const next = loader.epoch(1).next();
    expect(await settledAtOnce(next)).toBe(true);
    expect(hash((await next).value)).toBe((await hashes(options(files), 1))[0]);
  });

  it('prepare no more than that', async () => {
    // Of images that cannot be read one hears when they are tried.
    const missing = files.map((_, i) => join(folder.path, `missing-${i}.png`));
    const all = [...files, ...missing];
    const tried: string[] = [];
    const onSkip = (file: string) => void tried.push(file);
    const loader = createLoader(options(all, { workers: 2, prefetch: 3, maxUnreadable: 1, onSkip }));
    onTestFinished(() => loader.close());
    await loader.epoch(0).next();
    block(2000);
    for (let turn = 0; turn < 100; turn++) await nextTurn();
    // The batch in use and three more hold 16 places; for the last of them one of the images behind it may have to do.
    const order = Array.from(loaderGenerator(5).split(0).permutation(80), (i) => all[i]!);
    const last = order.findIndex((file, place) => place >= 15 && files.includes(file));
    expect(tried.sort()).toEqual(
      order
        .slice(0, last)
        .filter((file) => missing.includes(file))
        .sort(),
    );
  });
});

describe('a worker thread that ends', () => {
  it('is one clear error of the batches under way and of all later ones', async () => {
    const { threads, restore } = watchThreads();
    const loader = createLoader(options(files, { workers: 2 }));
    restore();
    onTestFinished(() => loader.close());
    const epoch = loader.epoch(0);
    await epoch.next();
    const failure = (async () => {
      for (;;) for await (const _ of loader.epoch(0)) await _;
    })();
    await threads[0]!.terminate();
    const sentence = /^a thread that loads images ended unexpectedly \(worker exited with code: 1\)$/;
    await expect(failure).rejects.toThrow(sentence);
    await expect(loader.rows(0, [1])).rejects.toThrow(sentence);
  });
});

describe('the memory of a process', () => {
  it('does not grow from epoch to epoch', async () => {
    const { stdout, stderr } = await runProgram(
      `const entries = values.files.map((file) => ({ name: file, file }));
      const loader = createLoader({ ...values.settings, entries });
      const rssMiB = [];
      for (let epoch = 0; epoch < 32; epoch++) {
        for await (const _ of loader.epoch(epoch));
        rssMiB.push(process.memoryUsage.rss() / 2 ** 20);
      }
      await loader.close();
      console.log(JSON.stringify(rssMiB));`,
      { files, settings: options([], { workers: 1, viewSize: 224, patchSize: 16 }) },
    );
    expect(stderr).toBe('');
    const rssMiB: number[] = JSON.parse(stdout);
    // The 240 batches of the last 24 epochs take 1150 MiB.
    expect(Math.max(...rssMiB.slice(8)) - Math.max(...rssMiB.slice(0, 8))).toBeLessThan(200);
  });
});

describe('a process with a loader', () => {
  const settings = options([]);

  it.each([
    ['that is closed at once', 'await loader.close();', 0],
    [
      'that is closed in the middle of an epoch, and again',
      'await loader.epoch(0).next(); await Promise.all([loader.close(), loader.close()]);',
      0,
    ],
    ['that is closed while a batch is waited for', 'loader.epoch(0).next().catch(() => {}); await loader.close();', 0],
    ['that is never closed ends', 'await loader.epoch(0).next();', 0],
    ['ends in the middle of an epoch', 'await loader.epoch(0).next(); process.exit(3);', 3],
    ['ends while the threads start', 'loader.epoch(0).next(); process.exit(3);', 3],
  ])('%s leaves nothing behind', async (_, program, code) => {
    const run = await runProgram(
      `const entries = values.files.map((file) => ({ name: file, file }));
      const loader = createLoader({ ...values.settings, entries, workers: 2, prefetch: 8 });
      ${program}`,
      { files, settings },
    );
    expect(run).toEqual({ code, signal: null, stdout: '', stderr: '' });
  });
});

/** Collects the threads that are started from now on, as nothing of the loader gives them away. */
function watchThreads(): { threads: Worker[]; restore: () => void } {
  const workerThreads = createRequire(import.meta.url)('node:worker_threads');
  const { Worker } = workerThreads;
  const threads: Worker[] = [];
  workerThreads.Worker = class extends Worker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      threads.push(this as unknown as Worker);
    }
  };
  return {
    threads,
    restore() {
      workerThreads.Worker = Worker;
    },
  };
}
