import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseConfig } from '@cribo/trainer';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, chromiumPath, launchChromium } from '../../test-support/chromium.js';
import { growth } from '../src/figures/growth.js';
import type { ScaleBench } from '../src/scale/bench.js';
import { scalePage } from '../src/scale/page.js';

const sizes = [1, 2, 4, 8];
const points = sizes.map((size) => ({
  size,
  ms: 100 * size,
  peakRssMiB: 500 + 10 * size,
  // Nothing above the smallest process has no place on a logarithmic axis.
  aboveSmallestMiB: size === 1 ? 0 : 10 * size,
}));
const result: ScaleBench = {
  date: '2026-01-02T03:04:05.000Z',
  command: 'bench scale --set a=<b>',
  machine: { cpu: 'a processor', cores: 2, memoryGiB: 24, os: 'Linux', node: 'v20.0.0' },
  versions: { 'onnxruntime-node': '1.30.0' },
  base: parseConfig({}),
  steps: 5,
  warmup: 3,
  smallestProcessMiB: 500,
  axes: [
    {
      name: 'batch',
      title: 'Step by batch',
      unit: 'images',
      points,
      notMeasured: [{ size: 16, reason: 'it is too large' }],
      time: growth(points.map(({ size, ms }) => ({ size, value: ms })))!,
    },
  ],
};

describe('the page of a measurement', () => {
  it('says what was measured where, and how it grows', () => {
    const page = scalePage(result).toString();
    expect(page).toContain('a processor, 2 cores');
    expect(page).toContain('2026-01-02 03:04 UTC');
    expect(page).toContain('bench scale --set a=&lt;b&gt;');
    expect(page).toContain('Grows as size^1.00 over all points (R² 1.00), as size^1.00 between the two largest.');
    expect(page).toContain('16 images: it is too large');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  it('draws its plots in a browser without an error', async (context) => {
    if (chromiumPath() === undefined) return context.skip(chromiumMissing);
    const file = join(mkdtempSync(join(tmpdir(), 'bench-page-')), 'scale.html');
    writeFileSync(file, scalePage(result).toString());
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const errors: unknown[] = [];
      page.on('pageerror', (error) => errors.push(error));
      await page.goto(pathToFileURL(file).href);
      expect(await page.$$eval('figure .u-wrap canvas', (canvases) => canvases.length)).toBe(2);
      await page.hover('figure .u-over');
      expect(await page.$eval('figure output', (output) => output.textContent)).toMatch(/^\d+ ms$/);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
