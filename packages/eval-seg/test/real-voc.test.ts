import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realData, useBackend } from '../../../test-support/golden.js';
import { evaluateDenseNN, openFolder, openVoc2012, patchLabels, type SegDataset, squareMask } from '../src/index.js';
import { colourModel } from './colour-model.js';

const data = realData();
const voc = data === undefined ? undefined : join(data, 'voc2012');
const coco = data === undefined ? undefined : join(data, 'coco128-seg');
const missing = 'skipped: no real data (CRIBO_DATA or ../shared/data)';

function firstImages(dataset: SegDataset, length: number): SegDataset {
  return { ...dataset, length };
}

describe.skipIf(!voc || !existsSync(voc))(voc ? 'real Pascal VOC 2012 subset' : missing, () => {
  it('has the documented splits and labels', async () => {
    const lengths: number[] = [];
    for (const split of ['train', 'val', 'trainval', 'trainaug'] as const)
      lengths.push((await openVoc2012(voc!, split)).length);
    expect(lengths).toEqual([437, 445, 882, 3131]);
    const { id, image, mask } = await (await openVoc2012(voc!, 'train')).item(0);
    expect([id, mask.width, mask.height]).toEqual(['2007_000063', image.width, image.height]);
    // A dog on a chair in front of void outlines.
    expect([...new Set(mask.data)].sort((a, b) => a - b)).toEqual([0, 9, 12, 255]);
    const augmented = await (await openVoc2012(voc!, 'trainaug')).item(3000);
    expect([...new Set(augmented.mask.data)].every((label) => label <= 20)).toBe(true);
    expect(patchLabels(squareMask(mask, 64), 16)).toHaveLength(16);
  });

  it('goes through the whole evaluation', async () => {
    await useBackend('onnxruntime');
    const memory = firstImages(await openVoc2012(voc!, 'train'), 24);
    const query = firstImages(await openVoc2012(voc!, 'val'), 8);
    const result = await evaluateDenseNN({
      model: colourModel(16),
      memory,
      query,
      imageSize: 64,
      patchSize: 16,
      k: 10,
      subsampling: [1, 8],
      seeds: 2,
    });
    // Mean colours say little about classes, so nothing is asked of the scores but that they are some.
    expect(result.ratios.map(({ memoryImages, runs }) => [memoryImages, runs])).toEqual([
      [24, 1],
      [3, 2],
    ]);
    for (const { patch, pixelNearest, pixelBilinear } of result.ratios) {
      for (const { mIoU } of [patch, pixelNearest, pixelBilinear]) {
        expect(mIoU.mean).toBeGreaterThan(0);
        expect(mIoU.mean).toBeLessThan(1);
      }
    }
  });
});

describe.skipIf(!coco || !existsSync(coco))(coco ? 'real COCO photos as a plain folder' : missing, () => {
  it('are read, the gray one too', async () => {
    const dataset = await openFolder(coco!, {
      images: 'images/train2017',
      masks: 'semantic_masks',
      classes: Array.from({ length: 81 }, (_, c) => `${c}`),
    });
    expect(dataset.length).toBe(128);
    const { image, mask } = await dataset.item(17);
    expect([mask.width, mask.height]).toEqual([image.width, image.height]);
  });
});
