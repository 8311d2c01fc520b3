import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { generatedModule, moduleFile } from '../scripts/compile-kernels.js';
import type { Image, twoViews } from '../src/index.js';
import { bundle } from './bundle.js';
import { fixedRandom, picture } from './pictures.js';

const photo = picture(50, 40);

/** Both views, made by a fresh copy of the package: what it found out about WebAssembly before is forgotten. */
async function views(image: Image): Promise<readonly Float32Array[]> {
  vi.resetModules();
  const fresh: { twoViews: typeof twoViews } = await import('../src/index.js');
  return fresh.twoViews(image, { size: 32, patchSize: 16 }, fixedRandom(0.4)).views;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it('the committed kernels are what their sources compile to', async () => {
  expect(readFileSync(moduleFile, 'utf8')).toBe(await generatedModule());
});

it('without WebAssembly the views are the same', async () => {
  const expected = await views(photo);
  vi.stubGlobal('WebAssembly', undefined);
  expect(await views(photo)).toEqual(expected);
});

it('where WebAssembly is forbidden, as by a content security policy, the views are the same', async () => {
  const expected = await views(photo);
  class Forbidden {
    constructor() {
      throw new Error('Wasm code generation disallowed by embedder');
    }
  }
  vi.stubGlobal('WebAssembly', { Module: Forbidden });
  expect(await views(photo)).toEqual(expected);
});

it('worker threads have kernels of their own, and read images from shared memory', async () => {
  const shared = { ...photo, data: new Uint8Array(new SharedArrayBuffer(photo.data.length)) };
  shared.data.set(photo.data);
  const recipe = {
    crop: { top: 1, left: 2, height: 30, width: 40 },
    flip: true,
    jitter: [],
    grayscale: false,
    blurSigma: 1,
    solarize: null,
    order: ['blur'] as const,
  };
  const { applyView } = await import('../src/index.js');
  const script = `${await bundle(resolve(import.meta.dirname, '../src/index.ts'))}
    const { parentPort, workerData } = await import('node:worker_threads');
    parentPort.postMessage(applyView(workerData.image, workerData.recipe, 24).data);`;
  const module = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const worker = new Worker(module, { workerData: { image: shared, recipe } });
  const bytes = await new Promise((done, reject) => {
    worker.once('message', done);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(bytes).toEqual(applyView(photo, recipe, 24).data);
});
