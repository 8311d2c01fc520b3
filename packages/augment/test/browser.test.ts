import { resolve } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, chromiumPath, launchChromium } from '../../../test-support/chromium.js';
import { twoViews } from '../src/index.js';
import { decodeImage } from '../src/node.js';
import { bundle } from './bundle.js';
import type { augment as Augment } from './in-browser.js';
import { fixedRandom, picture } from './pictures.js';

declare const augment: typeof Augment;

const photo = picture(60, 45);
const encoder = () => sharp(photo.data, { raw: { width: 60, height: 45, channels: 3 } });
const base64 = async (image: Sharp) => (await image.toBuffer()).toString('base64');

const missing = chromiumPath() === undefined;

describe.skipIf(missing)(`in a browser${missing ? ` (${chromiumMissing})` : ''}`, () => {
  let browser: Browser;
  let script: string;
  let page: Page;

  async function open(head = ''): Promise<Page> {
    const opened = await browser.newPage();
    await opened.setContent(`<!doctype html><head>${head}</head>`);
    await opened.addScriptTag({ type: 'module', content: script });
    await opened.waitForFunction('globalThis.augment !== undefined');
    return opened;
  }

  beforeAll(async () => {
    script = await bundle(resolve(import.meta.dirname, 'in-browser.ts'));
    browser = await launchChromium();
    page = await open();
  });
  afterAll(() => browser?.close());

  it('gives the pixels and the views that Node gives for the same PNG, by the same kernels', async () => {
    const png = await encoder().png().toBuffer();
    const decoded = await page.evaluate((bytes) => augment.decode(bytes), png.toString('base64'));
    expect(decoded).toEqual({ width: 60, height: 45, data: [...photo.data] });
    for (const share of [0.3, 0.8]) {
      const expected = twoViews(await decodeImage(png), { size: 32, patchSize: 8 }, fixedRandom(share));
      const { views, simd } = await page.evaluate((b, s) => augment.views(b, 32, s), png.toString('base64'), share);
      expect(simd).toBe(true);
      expect(views).toEqual(expected.views.map((view) => [...view]));
    }
  });

  it('gives the same views where the security policy of the page forbids WebAssembly', async () => {
    const strict = await open(`<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">`);
    const png = await base64(encoder().png());
    const { views, simd } = await strict.evaluate((bytes) => augment.views(bytes, 32, 0.3), png);
    expect(simd).toBe(false);
    expect(views).toEqual((await page.evaluate((bytes) => augment.views(bytes, 32, 0.3), png)).views);
  });

  it('turns the image as its EXIF orientation says', async () => {
    const jpeg = await encoder().withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' });
    const bytes = await jpeg.toBuffer();
    const expected = await decodeImage(bytes);
    const decoded = await page.evaluate((b) => augment.decode(b), bytes.toString('base64'));
    expect([decoded.width, decoded.height]).toEqual([45, 60]);
    const differences = decoded.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(3);
  });

  it('drops transparency and keeps the colours beneath, also of invisible pixels', async () => {
    for (const opacity of [0, 0.02, 0.5]) {
      const decoded = await page.evaluate((b) => augment.decode(b), await base64(encoder().ensureAlpha(opacity).png()));
      expect(decoded.data).toEqual([...photo.data]);
    }
  });

  it('spreads gray over three channels, expands a palette and reduces 16 bits to 8', async () => {
    for (const image of [
      encoder().toColourspace('b-w').png(),
      encoder().png({ palette: true }),
      encoder().toColourspace('rgb16').png(),
    ]) {
      const bytes = await image.toBuffer();
      const { data } = await decodeImage(bytes);
      expect((await page.evaluate((b) => augment.decode(b), bytes.toString('base64'))).data).toEqual([...data]);
    }
  });

  it('refuses what is no image, too many pixels and missing files in one sentence with their name', async () => {
    const png = await base64(encoder().png());
    const refusal = (...parameters: Parameters<typeof Augment.refusal>) =>
      page.evaluate((...p) => augment.refusal(...p), ...parameters);
    expect(await refusal(btoa('not an image'))).toMatch(/^12 bytes: cannot be read as an image \([^\n]+[^.]\)$/);
    expect(await refusal(btoa('not an image'), { name: 'shard.tar/7.png' })).toMatch(/^shard\.tar\/7\.png: cannot be/);
    expect(await refusal(png.slice(0, png.length / 2))).toMatch(/ bytes: cannot be read as an image \(/);
    expect(await refusal(png, { maxPixels: 2699 })).toMatch(
      /bytes: cannot be read as an image \(60 x 45 pixels exceed the limit of 2699\)$/,
    );
    const address = 'data:text/plain,nothing';
    expect(await refusal(address, { address: true })).toMatch(
      /^data:text\/plain,nothing: cannot be read as an image \(/,
    );
  });
});
