import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPascalContext, pascalContext59Classes, pascalContextClasses } from '../src/index.js';
import { classIds, labelledRow, range } from './labelled-files.js';
import { temporaryFolder } from './temporary-folder.js';

const base = 'VOCdevkit/VOC2010';

/** Pascal Context with one training image whose mask has these labels, and one of plain sky to evaluate on. */
function context(...labels: number[]): string {
  const [train, val] = [labelledRow(...labels), labelledRow(47, 47)];
  return temporaryFolder({
    [`${base}/ImageSets/SegmentationContext/train.txt`]: '2008_000002\n',
    [`${base}/ImageSets/SegmentationContext/val.txt`]: '2008_000003\n',
    [`${base}/JPEGImages/2008_000002.jpg`]: train.image,
    [`${base}/JPEGImages/2008_000003.jpg`]: val.image,
    [`${base}/SegmentationClassContext/2008_000002.png`]: train.mask,
    [`${base}/SegmentationClassContext/2008_000003.png`]: val.mask,
  });
}

describe('openPascalContext', () => {
  it('has 60 classes whose labels stay as they are', async () => {
    const dataset = await openPascalContext(context(...range(0, 59), 255), 'train');
    expect([dataset.name, dataset.classes.length]).toEqual(['pascal-context train', 60]);
    expect(await classIds(dataset)).toEqual([...range(0, 59), 255]);
  });

  it('has 59 classes without background, which becomes void', async () => {
    const dataset = await openPascalContext(context(...range(0, 59), 255), 'train', { background: false });
    expect([dataset.name, dataset.classes.length]).toEqual(['pascal-context-59 train', 59]);
    expect(await classIds(dataset)).toEqual([255, ...range(0, 58), 255]);
  });

  it('names the classes alphabetically after background, the same ones with and without it', () => {
    expect(pascalContextClasses[0]).toBe('background');
    expect(pascalContext59Classes).toEqual(pascalContextClasses.slice(1));
    expect(pascalContext59Classes).toEqual([...pascalContext59Classes].sort());
    expect([1, 6, 40, 47, 59].map((label) => pascalContextClasses[label])).toEqual([
      'aeroplane',
      'bicycle',
      'pottedplant',
      'sky',
      'wood',
    ]);
  });

  it('is found from the folder of the year, VOCdevkit and above', async () => {
    const root = context(0);
    for (const folder of [root, join(root, 'VOCdevkit'), join(root, base)]) {
      expect(await classIds(await openPascalContext(folder, 'val'))).toEqual([47, 47]);
    }
  });

  it('names the label of a mask that is none of its classes', async () => {
    const root = context(59, 60);
    await expect((await openPascalContext(root, 'train')).item(0)).rejects.toThrow(
      /2008_000002\.png: found label 60, expected 0 to 59 \(60 classes\) or 255$/,
    );
    await expect((await openPascalContext(root, 'train', { background: false })).item(0)).rejects.toThrow(
      /2008_000002\.png: found label 60, expected 0 \(void\), 1 to 59 \(59 classes\) or 255$/,
    );
  });

  it('names what the layout lacks', async () => {
    await expect(openPascalContext(temporaryFolder({ 'JPEGImages/a.jpg': '' }), 'val')).rejects.toThrow(
      /ImageSets\/SegmentationContext: no such folder, expected Pascal Context in .* or in VOCdevkit\/VOC2010 below it$/,
    );
    await expect(openPascalContext(context(0), 'test' as 'val')).rejects.toThrow(
      /SegmentationContext\/test\.txt: no such split, found train, val$/,
    );
    const unconverted = temporaryFolder({
      [`${base}/ImageSets/SegmentationContext/val.txt`]: 'a\n',
      [`${base}/JPEGImages/a.jpg`]: labelledRow(0).image,
    });
    await expect(openPascalContext(unconverted, 'val')).rejects.toThrow(
      /SegmentationClassContext: no such folder, expected the masks of Pascal Context$/,
    );
  });
});
