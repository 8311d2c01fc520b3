import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** Chromium's software Vulkan driver, for machines without a GPU. */
const CHROMIUM = '/usr/lib/chromium';
const SOFTWARE_DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;

interface Seen {
  direct: number;
  throughBinding: number;
  bytes: { steps: number[]; end: number };
  readings: boolean;
  nanMask: number[];
}

describe('the webgpu execution provider', () => {
  let out = '';
  let seen: Seen;

  beforeAll(async () => {
    const driver = existsSync(SOFTWARE_DRIVER) ? { VK_ICD_FILENAMES: SOFTWARE_DRIVER, LD_LIBRARY_PATH: CHROMIUM } : {};
    const program = fileURLToPath(new URL('./webgpu-program.ts', import.meta.url));
    const flags = ['--conditions=@cribo/source', '--import', 'tsx', program];
    const env = { ...process.env, ...driver };
    out = (await promisify(execFile)(process.execPath, flags, { env })).stdout;
    if (!/adapter/.test(out)) seen = JSON.parse(out);
  });

  beforeEach((context) => {
    if (/adapter/.test(out)) context.skip(`no WebGPU adapter here: ${out.trim().slice(0, 200)}`);
  });

  it('gives the reference gradients of a transformer block, called directly and through the binding', () => {
    expect(seen.direct).toBeLessThan(1e-5);
    expect(seen.throughBinding).toBeLessThan(1e-5);
  });

  it('keeps results on the device from run to run, and no others', () => {
    const [weight, rate] = [64 * 64 * 4, 4];
    expect(seen.bytes.steps).toEqual(new Array(4).fill(weight + rate));
    // Numbers stay for a few runs, since the next step will take them again.
    expect(seen.bytes.end).toBe(rate);
  });

  it('reads tensors of every dtype, before and after they have moved to the device', () => {
    expect(seen.readings).toBe(true);
  });

  it('tells NaN from numbers', () => {
    expect(seen.nanMask).toEqual([1, 0, 1]);
  });
});
