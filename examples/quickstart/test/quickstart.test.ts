import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const quickstart = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=@cribo/source', '--import', 'tsx', main, ...args]);

describe('the quickstart, cut short', () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'quickstart-'));
  });
  afterAll(() => rm(out, { recursive: true }));

  it('prints how good random and pretrained features are, and writes a picture', async () => {
    const { stdout, stderr } = await quickstart('--steps', '2', '--scenes', '64', '--out', out, '--json');
    const { random, trained, difference, steps, seconds, picture } = JSON.parse(stdout);
    expect(steps).toBe(2);
    expect(random).toBeGreaterThan(0);
    expect(random).toBeLessThan(100);
    expect(trained - random).toBeCloseTo(difference);
    expect(seconds).toBeGreaterThan(0);
    expect(picture).toBe(join(out, 'quickstart.png'));
    const { format, width, height } = await sharp(picture).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(height);
    expect(stderr).toContain('Pretraining');
  });

  it('says what is wrong with an argument and exits with code 2', async () => {
    await expect(quickstart('--scenes', 'many')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--scenes is "many", expected a whole number of at least 64.'),
    });
  });
});
