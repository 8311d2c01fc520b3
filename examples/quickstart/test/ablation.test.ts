import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/ablation.ts', import.meta.url));
const ablation = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=@cribo/source', '--import', 'tsx', main, ...args]);

describe('the ablation of loss terms, cut short', () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'ablation-'));
  });
  afterAll(() => rm(out, { recursive: true }));

  it('prints random features and the three rows of Table 5 with their time, and writes the tables', async () => {
    const { stdout, stderr } = await ablation('--steps', '1', '--scenes', '64', '--out', out);
    expect(stderr).toContain('Run 3 of 3: global+object+cross-image');
    const [title, head, ...rows] = stdout.split('\n');
    expect(title).toBe('Loss terms (Table 5)');
    expect(head).toMatch(/row +global +object, cross-view +object, cross-image +mIoU 1\/1 +time/);
    expect(rows.slice(0, 4).map((row) => row.trim().split(/ {2,}/))).toEqual([
      ['random', '–', '–', '–', expect.stringMatching(/^\d+\.\d\d$/), '–'],
      ['global', '✓', '–', '–', expect.stringMatching(/^\d+\.\d\d$/), expect.stringMatching(/^\d+ s$/)],
      ['global+object', '✓', '✓', '–', expect.stringMatching(/^\d+\.\d\d$/), expect.stringMatching(/^\d+ s$/)],
      ['global+object+cross-image', '✓', '✓', '✓', expect.any(String), expect.stringMatching(/^\d+ s$/)],
    ]);
    const page = await readFile(join(out, 'ablation/ablation.md'), 'utf8');
    expect(page).toContain('| global+object | ✓ | ✓ | – |');
  });

  it('says what is wrong with an argument and exits with code 2', async () => {
    await expect(ablation('--steps', '0')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--steps is "0", expected a whole number of at least 1\.\nUsage: pnpm ablation/),
    });
  });
});
