import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHalfBits } from '@cribo/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../test-support/golden.js';
import { readTensorFile } from '../src/checkpoint/tensor-file.js';
import { loadConfig, loadTrainState, pretrain, resolveCheckpoint } from '../src/index.js';
import { disposeTrainState } from '../src/train-state.js';
import { metrics, putImages, tiny } from './tiny-run.js';

let images: string;
beforeAll(async () => {
  images = await putImages(8);
});

const config = (set: string[]) => loadConfig({ overrides: tiny, set });
const runFolder = () => join(mkdtempSync(join(tmpdir(), 'cribo-run-')), 'run');
const run = async (out: string, set: string[], resume = false) =>
  pretrain({ source: images, out, config: await config(set), resume });
const half = 'bank.storage=float16';

/** The first vectors of the bank in a run's newest checkpoint. */
const storedVectors = (out: string) =>
  readTensorFile(join(resolveCheckpoint(out), 'state.safetensors')).get('bank/blocks.0.vectors')!;

describe('a run whose memory bank is in half precision', () => {
  it('continues a stopped run bit for bit, from F16 vectors', async () => {
    const [whole, stopped] = [runFolder(), runFolder()];
    await run(whole, [half]);
    await run(stopped, [half, 'training.maxSteps=3']);
    expect(storedVectors(stopped).dtype).toBe('F16');
    await run(stopped, [half], true);
    expect(metrics(stopped).map(({ loss }) => loss)).toEqual(metrics(whole).map(({ loss }) => loss));
    for (const file of ['student.safetensors', 'state.safetensors']) {
      const bytes = (out: string) => readFileSync(join(resolveCheckpoint(out), file));
      expect(bytes(stopped).equals(bytes(whole)), file).toBe(true);
    }
  });

  it('can go on with the other storage, from the vectors it has', async () => {
    const out = runFolder();
    await run(out, ['training.maxSteps=2']);
    expect(storedVectors(out).dtype).toBe('F32');
    await run(out, [half, 'training.maxSteps=3'], true);
    expect(storedVectors(out).dtype).toBe('F16');
    await run(out, ['training.maxSteps=4'], true);
    expect(storedVectors(out).dtype).toBe('F32');
    expect(metrics(out)).toHaveLength(4);
  });

  it('is refused on a backend without it, before anything is written', async () => {
    const out = runFolder();
    await expect(run(out, [half, 'backend.name=cpu'])).rejects.toThrow(
      'bank.storage is float16, which needs a backend that stores half precision, such as onnxruntime; cpu does not.',
    );
    expect(existsSync(out)).toBe(false);
    await expect(config(['bank.storage=half'])).rejects.toThrow(/bank\.storage .*"float32"\|"float16"/);
  });

  it('leaves checkpoints that can be looked at on such a backend, with the same vectors', async () => {
    const out = runFolder();
    await run(out, [half, 'training.maxSteps=2']);
    await useBackend('cpu');
    const { state } = await loadTrainState(resolveCheckpoint(out));
    const { dtype, data } = (await state.bank.save())['blocks.0.vectors']!;
    expect(dtype).toBe('F32');
    expect(data).toEqual(fromHalfBits(storedVectors(out).data as Uint16Array));
    disposeTrainState(state);
    await useBackend('onnxruntime');
  });
});
