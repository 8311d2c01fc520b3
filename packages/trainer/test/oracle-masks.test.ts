import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViewRecipe } from '@cribo/augment';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/load.js';
import type { ConfigInput } from '../src/config/schema.js';
import { createLoader, type ImageEntry, type LoadedBatch, openImages } from '../src/data/index.js';
import { loaderSettings } from '../src/loader-settings.js';
import { openOracle } from '../src/oracle/open-oracle.js';
import { putMask, putScenes } from './oracle-scenes.js';
import { tinyNetwork } from './tiny-run.js';

let root: string;
let masks: string;
let images: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'cribo-oracle-'));
  ({ images, masks } = await putScenes(root, 4));
});

const settings = (over: ConfigInput = {}) =>
  parseConfig({
    ...tinyNetwork,
    clustering: { method: 'masks', clusters: 3 },
    oracle: { masks, ...over.oracle },
    training: { batchSize: 4 },
    loading: { workers: 0, ...over.loading },
  });
const entriesOf = async (): Promise<readonly ImageEntry[]> => (await openImages(images)).entries;

/** The first batch of a run with these settings, and what the masks say about it. */
async function firstBatch(over: ConfigInput = {}) {
  const config = settings(over);
  const entries = await entriesOf();
  const oracle = openOracle(config, entries)!;
  const loader = createLoader({ ...loaderSettings(config), entries });
  try {
    const loaded = (await loader.epoch(0).next()).value as LoadedBatch;
    return { loaded, labels: await oracle.label(loaded) };
  } finally {
    await loader.close();
  }
}

/** The class under every patch of a view of a scene, pixel by pixel and by other means than the code under test. */
function classesByHand({ crop, flip }: ViewRecipe, width: number, classAt: (x: number, y: number) => number): number[] {
  const [size, patch] = [32, 8];
  const found: number[] = [];
  for (let py = 0; py < size; py += patch) {
    for (let px = 0; px < size; px += patch) {
      const votes = new Map<number, number>();
      for (let y = py; y < py + patch; y++) {
        for (let x = px; x < px + patch; x++) {
          const column = flip ? size - 1 - x : x;
          const atX = crop.left + Math.floor(((column + 0.5) * crop.width) / size);
          const atY = crop.top + Math.floor(((y + 0.5) * crop.height) / size);
          expect(atX).toBeLessThan(width);
          const label = classAt(atX, atY);
          if (label !== 255) votes.set(label, (votes.get(label) ?? 0) + 1);
        }
      }
      const [winner] = [...votes].sort(([a, m], [b, n]) => n - m || a - b);
      found.push(winner?.[0] ?? 255);
    }
  }
  return found;
}

describe('masks under the views of a batch', () => {
  it.each([0, 1])('follow crops and flips, with %i threads that load', async (workers) => {
    const { loaded, labels } = await firstBatch({ loading: { workers } });
    const { recipes, files } = loaded;
    const wanted = recipes.flatMap((ofImage, i) =>
      ofImage.flatMap((recipe) => classesByHand(recipe, 64, sceneClass(files[i]!))),
    );
    expect([...labels.classes]).toEqual(wanted);
    expect(recipes.some(([a, b]) => a.flip !== b.flip)).toBe(true);
    // Three classes fit, so the objects are the classes, numbered within every image.
    for (let image = 0; image < 4; image++) {
      const ofImage = wanted.slice(image * 32, (image + 1) * 32);
      const present = [...new Set(ofImage)].filter((label) => label !== 255).sort((a, b) => a - b);
      const regions = [...labels.regions!.slice(image * 32, (image + 1) * 32)];
      expect(regions).toEqual(ofImage.map((label) => present.indexOf(label)));
    }
  });

  it('follow images that are reduced while they are decoded', async () => {
    const { loaded, labels } = await firstBatch({ loading: { decodeMaxSide: 32 } });
    expect(loaded.sizes[0]).toEqual({ width: 32, height: 24 });
    const wanted = loaded.recipes.flatMap((ofImage, i) => {
      const full = sceneClass(loaded.files[i]!);
      return ofImage.flatMap((recipe) => classesByHand(recipe, 32, (x, y) => full(2 * x + 1, 2 * y + 1)));
    });
    expect([...labels.classes]).toEqual(wanted);
  });

  it('are found in the folders of Pascal VOC, the original annotation first', async () => {
    const voc = join(root, 'voc');
    for (const name of ['SegmentationClass', 'SegmentationClassAug']) mkdirSync(join(voc, name), { recursive: true });
    renameSync(join(masks, '0.png'), join(voc, 'SegmentationClass', '0.png'));
    for (const i of [1, 2, 3]) renameSync(join(masks, `${i}.png`), join(voc, 'SegmentationClassAug', `${i}.png`));
    await putMask(join(voc, 'SegmentationClassAug', '0.png'), 64, 48, () => 9);
    const { labels } = await firstBatch({ oracle: { masks: voc } });
    expect(labels.classes.includes(9)).toBe(false);
  });
});

describe('what is wrong with masks is one sentence that names the file:', () => {
  it('a missing folder, a missing mask', async () => {
    const entries = await entriesOf();
    const open = (over: ConfigInput) => () => openOracle(settings(over), entries);
    expect(open({ oracle: { masks: '/nowhere' } })).toThrow('/nowhere: no such folder, expected the label masks');
    rmSync(join(masks, '2.png'));
    expect(open({})).toThrow(`${join(masks, '2.png')}: no such mask, 1 of 4 images have none in ${masks}`);
  });

  it('two images with one mask', () => {
    const entries = ['/a/0.png', '/b/0.jpg'].map((name) => ({ name, file: name }));
    expect(() => openOracle(settings(), entries)).toThrow('/b/0.jpg: has the same mask, 0.png, as /a/0.png');
  });

  it('another size than the image', async () => {
    await putMask(join(masks, '1.png'), 48, 64, () => 0);
    await expect(firstBatch()).rejects.toThrow(
      /masks\/1\.png: the mask has 48 x 64 pixels, expected 64 x 48 as in .*images\/1\.png$/,
    );
    await expect(firstBatch({ loading: { decodeMaxSide: 32 } })).rejects.toThrow(/expected 32 x 24 as in/);
  });

  it('a label that is no class', async () => {
    await putMask(join(masks, '3.png'), 64, 48, () => 12);
    await expect(firstBatch({ oracle: { masks, classes: 12 } })).rejects.toThrow(
      /masks\/3\.png: found label 12, expected 0 to 11 \(oracle\.classes\) or 255$/,
    );
  });

  it('settings that need masks and name none', () => {
    const parse = (input: ConfigInput) => () => parseConfig({ ...tinyNetwork, ...input });
    expect(parse({ bootstrapping: { criterion: 'labels' } })).toThrow(
      'oracle.masks is not set, expected the folder of label masks that bootstrapping.criterion labels needs',
    );
    expect(parse({ clustering: { method: 'masks', clusters: 4 } })).toThrow(/oracle\.masks is not set/);
  });
});

/** The class of a pixel of a scene that {@link putScenes} wrote. */
const sceneClass = (file: string) => {
  const scene = Number(/(\d+)\.png$/.exec(file)![1]);
  return (x: number, y: number) => (y < 4 ? 255 : x < 24 + 4 * scene ? scene : y < 24 ? 7 : 8);
};
