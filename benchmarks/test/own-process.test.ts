import { parseConfig } from '@cribo/trainer';
import { describe, expect, it } from 'vitest';
import { inOwnProcess, MeasurementFailed } from '../src/measure/own-process.js';

const backend = { name: 'onnxruntime' };

describe('a measurement in a process of its own', () => {
  it('takes training steps and says what each left behind', async () => {
    const config = parseConfig({
      model: { arch: 'vit_tiny', embedDim: 32, depth: 1, numHeads: 2 },
      head: { hiddenDim: 16, bottleneckDim: 8, outDim: 32, objectOutDim: 32 },
      views: { imageSize: 32 },
      clustering: { clusters: 2 },
      bank: { images: 4 },
      training: { batchSize: 2 },
    });
    const measured = await inOwnProcess('step', { config, warmup: 2, steps: 2 });
    for (const list of [measured.ms, measured.rssMiB, measured.tensors, measured.sessions, measured.objects]) {
      expect(list).toHaveLength(4);
    }
    expect(new Set(measured.tensors).size).toBe(1);
    expect(measured.sessions.at(-1)).toBeGreaterThan(0);
    expect(measured.peakRssMiB).toBeGreaterThanOrEqual(Math.max(...measured.rssMiB) - 1);
    expect(measured.matMulGflops).toBeGreaterThan(0);
  });

  it('queries a full bank', async () => {
    const measured = await inOwnProcess('bank', {
      backend,
      images: 64,
      objectsPerImage: 4,
      storage: 'float32',
      dim: 16,
      batch: 2,
      repeats: 2,
    });
    expect(measured.gflop).toBe((2 * 2 * 8 * 16 * (64 * 4 + 8)) / 1e9);
    expect(measured.share).toBeCloseTo(measured.gflop / (measured.queryMs / 1000) / measured.matMulGflops, 10);
    expect(measured.bankMiB).toBe((2 * 64 * 4 * 16 * 4) / 2 ** 20);
  });

  it('ends in one sentence where it cannot be made', async () => {
    const measured = inOwnProcess('nothing', { backend: { name: 'abacus' } });
    await expect(measured).rejects.toThrow(MeasurementFailed);
    await expect(measured).rejects.toThrow(/^No backend is called "abacus"; there are .*$/);
  });

  it('is ended when it takes too long', async () => {
    const measured = inOwnProcess('nothing', { backend }, { limitSeconds: 0.05 });
    await expect(measured).rejects.toThrow('The measurement took more than 0.05 s.');
  });
});
