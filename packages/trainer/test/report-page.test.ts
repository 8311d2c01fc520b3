import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, chromiumPath, launchChromium } from '../../../test-support/chromium.js';
import { type EvaluationResult, recordOf } from '../src/evaluations/record.js';
import { saveEvaluation } from '../src/evaluations/saved.js';
import { classPictures, predictionPicture } from '../src/evaluations/segmentation-pictures.js';
import { writeReport } from '../src/report/write-report.js';
import { drawImages, tinyRun } from './report-fixture.js';

if (chromiumPath() === undefined) {
  describe.skip(`the report in a browser: ${chromiumMissing}`, () => it('is skipped', () => {}));
} else {
  describe('the report in a browser', inBrowser);
}

/** Keeps an evaluation in a run, as `cribo eval dense-nn` does. */
async function keepEvaluation(run: string, weights: 'teacher' | 'random'): Promise<void> {
  const checkpoint = join(run, 'checkpoints', 'step-00000012');
  const data = [{ name: 'folder val', images: 2 }];
  const record = recordOf(
    { protocol: 'dense-nn', checkpoint, step: 12, weights },
    { settings: { k: 50 }, data, weightsSha256: weights },
  );
  const mIoU = weights === 'teacher' ? 0.8125 : 0.575;
  const result: EvaluationResult = { ...record, headline: [{ name: 'mIoU 1/8', value: mIoU, std: 0.01 }] };
  const [width, height] = [40, 30];
  const labels = (edge: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => (i % width < edge ? 1 : i % width > 37 ? 255 : 0)),
  });
  const image = { width, height, data: new Uint8Array(width * height * 3).fill(120) };
  const classes = ['ground', 'cat'];
  const confusion = [
    [90, 10],
    [5, 15],
  ];
  await saveEvaluation(join(run, 'evaluations', weights), result, [
    await predictionPicture({ id: 'photo <1>', image, truth: labels(20), predicted: labels(15) }, classes, 0),
    ...(await classPictures(classes, confusion, [0.857, 0.5], 'the whole memory')),
  ]);
}

function inBrowser() {
  let browser: Browser;
  let run: string;
  let file: string;

  beforeAll(async () => {
    run = await tinyRun(await drawImages());
    for (const weights of ['teacher', 'random'] as const) await keepEvaluation(run, weights);
    file = (await writeReport(run)).file;
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  type Scheme = 'light' | 'dark';
  /** Opens a page; `seen` collects what it asks for and complains about. */
  async function open(page: string, { width = 1280, scheme = 'light' as Scheme } = {}) {
    const tab = await browser.newPage();
    const seen = { requests: [] as string[], errors: [] as string[] };
    tab.on('request', (request) => seen.requests.push(request.url().split(/[:,]/, 1)[0]!));
    tab.on('console', (message) => seen.errors.push(message.text()));
    tab.on('pageerror', (error) => seen.errors.push(String(error)));
    await tab.setViewport({ width, height: 900 });
    await colourScheme(tab, scheme);
    await tab.goto(pathToFileURL(page).href, { waitUntil: 'load' });
    await tab.waitForSelector('canvas');
    return { tab, seen };
  }

  const colourScheme = (tab: Page, value: Scheme) =>
    tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);

  it('asks for nothing outside itself and complains about nothing', async () => {
    const { tab, seen } = await open(file);
    expect(seen.errors).toEqual([]);
    expect(new Set(seen.requests)).toEqual(new Set(['file', 'data']));
    await tab.close();
  });

  it('decodes every picture: two views and their objects, both ends of a match, attention', async () => {
    const { tab } = await open(file);
    const widths = await ask<number[]>(
      tab,
      '$$("section:not(#evaluations) img").map(({ naturalWidth }) => naturalWidth)',
    );
    expect(widths.every((width) => width === 240)).toBe(true);
    const count = (selector: string) => ask<number>(tab, `$$("${selector}").length`);
    expect(await count('#clusters .pair')).toBe(3);
    expect(await count('#clusters img')).toBe(12);
    expect(await count('#matches img')).toBe(2 * (await count('#matches .card')));
    expect(await count('#matches .card')).toBeGreaterThan(0);
    // View, mean and two heads of three images.
    expect(await count('#attention img')).toBe(12);
    await tab.close();
  });

  it('tables the evaluations of the run and shows their pictures with the meaning of their colours', async () => {
    const { tab } = await open(file);
    const cells = await ask<string[]>(tab, '$$("#evaluations td").map(({ textContent }) => textContent)');
    expect(cells).toEqual(['teacher at step 12', '81.25 ± 1.00', 'random initialisation', '57.50 ± 1.00']);
    const widths = await ask<number[]>(tab, '$$("#evaluations img").map(({ naturalWidth }) => naturalWidth)');
    expect(widths).toHaveLength(6);
    expect(widths[0]).toBe(3 * 40 + 2 * 4);
    expect(widths.every((width) => width > 100)).toBe(true);
    const [caption] = await ask<string[]>(tab, '$$("#evaluations figcaption").map(({ textContent }) => textContent)');
    expect(caption).toBe('photo <1>: the image, its ground truth and the prediction. cat void');
    await tab.close();
  });

  it('draws every curve in the colour of its legend, in light and in dark mode', async () => {
    const { tab } = await open(file);
    // Charts are drawn some time after the page has changed.
    const drawn = () => expect.poll(async () => hardlyDrawn(await drawnColours(tab)), { timeout: 20_000 });
    await drawn().toEqual([]);
    const light = await drawnColours(tab);
    expect(light.length).toBeGreaterThanOrEqual(16);
    await colourScheme(tab, 'dark');
    await drawn().toEqual([]);
    const dark = await drawnColours(tab);
    expect(dark.map(({ colour }) => colour)).not.toEqual(light.map(({ colour }) => colour));
    await tab.close();
  });

  it('shows the values of all charts at the step under the pointer', async () => {
    const { tab } = await open(file);
    const figure = (await tab.$('#losses figure.chart'))!;
    const row = JSON.parse(readFileSync(join(run, 'metrics.jsonl'), 'utf8').split('\n')[6]!);
    const over = (await figure.$('.u-over'))!;
    const box = (await over.boundingBox())!;
    // Steps 0 … 11 span the width.
    await tab.mouse.move(box.x + (6 / 11) * box.width, box.y + box.height / 2);
    await tab.waitForFunction('document.querySelector(".where").textContent !== ""');
    const places = await ask<string[]>(tab, '$$(".where").map(({ textContent }) => textContent)');
    expect(new Set(places)).toEqual(new Set(['step 6, epoch 2.0']));
    const shown = await ask<number>(tab, 'Number($$("#losses output")[0].textContent)');
    expect(shown).toBeCloseTo(row.loss, 2);
    await tab.close();
  });

  it('lights up the object under the pointer in both views', async () => {
    const { tab } = await open(file);
    const patches = '$$("#clusters .pair:first-child path[data-object]")';
    await ask(tab, `${patches}[0].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))`);
    const [first, ...others] = await ask<{ object: string; dimmed: boolean }[]>(
      tab,
      `${patches}.map(({ dataset, classList }) => ({ object: dataset.object, dimmed: classList.contains('other') }))`,
    );
    expect(new Set(others.map(({ object }) => object)).size).toBeGreaterThan(1);
    for (const { object, dimmed } of others) expect(dimmed).toBe(object !== first!.object);
    expect(others.filter(({ object }) => object === first!.object)).toHaveLength(1);
    await tab.close();
  });

  it.each([375, 1280])('fits a width of %i px and leaves no part of it empty', async (width) => {
    const { tab } = await open(file, { width });
    expect(await ask<number>(tab, 'document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    for (const section of await tab.$$('header, section')) {
      const { name, spread } = await look(section);
      expect({ name, blank: spread < 5 }).toEqual({ name, blank: false });
    }
    await tab.close();
  });

  it.each(['light', 'dark'] as const)('is legible in %s mode', async (scheme) => {
    const { tab } = await open(file, { scheme });
    const styles = await ask<{ text: string; paper: string }[]>(
      tab,
      `$$('h1, h2, h3, p, figcaption span, dt, dd, td, time, output, summary, pre').map((element) => {
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        return { text: getComputedStyle(element).color, paper: getComputedStyle(behind).backgroundColor };
      })`,
    );
    const worst = Math.min(...styles.map(({ text, paper }) => contrast(text, paper)));
    // WCAG 2, level AA.
    expect(worst).toBeGreaterThan(4.5);
    expect(luminance(styles[0]!.paper) > 0.5).toBe(scheme === 'light');
    await tab.close();
  });

  it('prints with its settings unfolded and in light colours, and comes back', async () => {
    const { tab } = await open(file, { scheme: 'dark' });
    await ask(tab, 'dispatchEvent(new Event("beforeprint"))');
    expect(await ask(tab, '$$("details").every(({ open }) => open)')).toBe(true);
    const paper = () => ask<string>(tab, 'getComputedStyle(document.body).backgroundColor');
    expect(luminance(await paper())).toBe(1);
    await ask(tab, 'dispatchEvent(new Event("afterprint"))');
    expect(luminance(await paper())).toBeLessThan(0.05);
    expect(
      Buffer.from(await tab.pdf())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    await tab.close();
  });

  it('stays small and whole for a long run', async () => {
    const long = join(mkdtempSync(join(tmpdir(), 'cribo-report-')), 'long');
    cpSync(run, long, { recursive: true });
    rmSync(join(long, 'report.html'));
    const rows = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const lines = Array.from({ length: 5000 }, (_, step) => JSON.stringify({ ...JSON.parse(rows[step % 12]!), step }));
    writeFileSync(join(long, 'metrics.jsonl'), lines.join('\n'));
    const { file, bytes, steps } = await writeReport(long, { pictures: false });
    expect(steps).toBe(5000);
    expect(bytes).toBeLessThan(2 ** 20);
    const { tab, seen } = await open(file);
    expect(seen.errors).toEqual([]);
    expect(hardlyDrawn(await drawnColours(tab))).toEqual([]);
    await tab.close();
  });
}

/** The curves of which next to nothing is there. */
const hardlyDrawn = <T extends { pixels: number }>(curves: T[]) => curves.filter(({ pixels }) => pixels < 20);

/** What an expression is worth in a page; `$$` lists the elements of a selector. */
function ask<T>(tab: Page, expression: string): Promise<T> {
  const body = `const $$ = (selector) => [...document.querySelectorAll(selector)]; return ${expression};`;
  return tab.evaluate(`(() => { ${body} })()`) as Promise<T>;
}

/** For every curve, how many pixels of its chart have the colour of its legend. */
function drawnColours(tab: Page): Promise<{ label: string; colour: string; pixels: number }[]> {
  return ask(
    tab,
    `$$('figure.chart').flatMap((figure) => {
      const canvas = figure.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return [...figure.querySelectorAll('.legend > span')].map((entry) => {
        const colour = getComputedStyle(entry.querySelector('.swatch')).backgroundColor;
        const wanted = colour.match(/\\d+/g).map(Number);
        let pixels = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] > 200 && wanted.every((value, c) => Math.abs(value - data[i + c]) < 12)) pixels++;
        }
        return { label: entry.textContent, colour, pixels };
      });
    })`,
  );
}

/** The name of a part of the page, and how much its pixels differ. */
async function look(element: ElementHandle): Promise<{ name: string; spread: number }> {
  const { channels } = await sharp(await element.screenshot()).stats();
  const name = await element.evaluate(({ id, tagName }) => id || tagName);
  return { name, spread: Math.max(...channels.map(({ stdev }) => stdev)) };
}

/** The contrast of two CSS colours as WCAG 2 defines it, 1 to 21. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = colour.match(/[\d.]+/g)!.map((value) => {
    const share = Number(value) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
