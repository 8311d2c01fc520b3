import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Chromium's software Vulkan driver, for machines without a GPU. */
const CHROMIUM = '/usr/lib/chromium';
const SOFTWARE_DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;

describe('the webgpu execution provider', () => {
  it('gives the reference gradients of a transformer block', (context) => {
    const driver = existsSync(SOFTWARE_DRIVER) ? { VK_ICD_FILENAMES: SOFTWARE_DRIVER, LD_LIBRARY_PATH: CHROMIUM } : {};
    const program = fileURLToPath(new URL('./webgpu-program.ts', import.meta.url));
    const out = execFileSync(process.execPath, ['--conditions=@cribo/source', '--import', 'tsx', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...driver },
    });
    if (/adapter/.test(out)) return context.skip(`no WebGPU adapter here: ${out.trim().slice(0, 200)}`);
    expect(Number(/difference (\S+)/.exec(out)?.[1])).toBeLessThan(1e-5);
  });
});
