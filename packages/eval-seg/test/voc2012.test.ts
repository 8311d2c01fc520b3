import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVoc2012 } from '../src/index.js';
import { grayPng, palettePng, rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

const base = 'VOCdevkit/VOC2012';
const image = rgbPng(2, 2, new Uint8Array(12).fill(100));
const maskOf = (label: number) => palettePng(2, 2, Uint8Array.of(label, label, 0, 255));

/** A tiny VOC 2012: images are PNG bytes under their usual names. */
function voc(changes: Record<string, string | Uint8Array | undefined> = {}): string {
  const files: Record<string, string | Uint8Array | undefined> = {
    [`${base}/ImageSets/Segmentation/train.txt`]: '2007_000001\n2007_000002\n',
    [`${base}/ImageSets/Segmentation/val.txt`]: '2007_000003\r\n',
    [`${base}/ImageSets/Segmentation/trainaug.txt`]: '2007_000001\n2007_000002\n2008_000009\n',
    [`${base}/JPEGImages/2007_000001.jpg`]: image,
    [`${base}/JPEGImages/2007_000002.jpg`]: image,
    [`${base}/JPEGImages/2007_000003.jpg`]: image,
    [`${base}/JPEGImages/2008_000009.jpg`]: image,
    [`${base}/SegmentationClass/2007_000001.png`]: maskOf(1),
    [`${base}/SegmentationClass/2007_000002.png`]: maskOf(2),
    [`${base}/SegmentationClass/2007_000003.png`]: maskOf(3),
    [`${base}/SegmentationClassAug/2007_000001.png`]: maskOf(20),
    [`${base}/SegmentationClassAug/2008_000009.png`]: maskOf(9),
    ...changes,
  };
  const present = Object.entries(files).filter(
    (entry): entry is [string, string | Uint8Array] => entry[1] !== undefined,
  );
  return temporaryFolder(Object.fromEntries(present));
}

describe('openVoc2012', () => {
  it('reads a split with its palette indices', async () => {
    const dataset = await openVoc2012(voc(), 'train');
    expect([dataset.name, dataset.length, dataset.classes.length]).toEqual(['voc2012 train', 2, 21]);
    const item = await dataset.item(1);
    expect(item.id).toBe('2007_000002');
    expect(item.mask).toEqual({ width: 2, height: 2, data: Uint8Array.of(2, 2, 0, 255) });
    expect([item.image.width, item.image.height, item.image.data[0]]).toEqual([2, 2, 100]);
  });

  it('takes the original mask first and the augmented one where there is none', async () => {
    const dataset = await openVoc2012(voc(), 'trainaug');
    const first = await Promise.all([0, 1, 2].map(async (i) => (await dataset.item(i)).mask.data[0]));
    expect(first).toEqual([1, 2, 9]);
  });

  it('reads SegmentationClassAug alone, gray or palette, and the list of what it adds', async () => {
    const root = temporaryFolder({
      [`${base}/ImageSets/Segmentation/aug.txt`]: '2008_000009\n',
      [`${base}/ImageSets/Segmentation/trainaug.txt`]: '2007_000001\n2008_000009\n',
      [`${base}/JPEGImages/2007_000001.jpg`]: image,
      [`${base}/JPEGImages/2008_000009.jpg`]: image,
      [`${base}/SegmentationClassAug/2007_000001.png`]: grayPng(2, 2, Uint8Array.of(20, 0, 0, 0)),
      [`${base}/SegmentationClassAug/2008_000009.png`]: maskOf(9),
    });
    const trainaug = await openVoc2012(root, 'trainaug');
    expect([(await trainaug.item(0)).mask.data[0], (await trainaug.item(1)).mask.data[0]]).toEqual([20, 9]);
    expect((await (await openVoc2012(root, 'aug')).item(0)).id).toBe('2008_000009');
  });

  it('does not take the VOC of another year for it', async () => {
    const other = temporaryFolder({
      'VOCdevkit/VOC2010/ImageSets/Segmentation/val.txt': 'a\n',
      'VOCdevkit/VOC2010/JPEGImages/a.jpg': image,
      'VOCdevkit/VOC2010/SegmentationClass/a.png': maskOf(1),
    });
    await expect(openVoc2012(join(other, 'VOCdevkit'), 'val')).rejects.toThrow(
      /no such folder, expected Pascal VOC 2012 in .*VOCdevkit or in VOCdevkit\/VOC2012 below it/,
    );
  });

  it('finds the data set from any folder above', async () => {
    const root = voc();
    const up = temporaryFolder({
      [`voc/${base}/ImageSets/Segmentation/val.txt`]: 'a\n',
      [`voc/${base}/JPEGImages/a.jpg`]: image,
      [`voc/${base}/SegmentationClass/a.png`]: maskOf(1),
    });
    for (const folder of [root, join(root, 'VOCdevkit'), join(root, base), up, join(up, 'voc')]) {
      expect((await openVoc2012(folder, 'val')).length).toBe(1);
    }
  });

  it('names what is missing in the layout', async () => {
    await expect(openVoc2012('/nowhere', 'val')).rejects.toThrow('/nowhere: no such folder');
    await expect(openVoc2012(temporaryFolder({ 'a.txt': '' }), 'val')).rejects.toThrow(
      /ImageSets\/Segmentation: no such folder/,
    );
    await expect(openVoc2012(voc(), 'test' as 'val')).rejects.toThrow(
      /test\.txt: no such split, found train, trainaug, val$/,
    );
    await expect(
      openVoc2012(voc({ [`${base}/SegmentationClassAug/2008_000009.png`]: undefined }), 'trainaug'),
    ).rejects.toThrow(/SegmentationClass\/2008_000009\.png: no such mask, 1 of 3 images have none/);
    await expect(openVoc2012(voc({ [`${base}/JPEGImages/2007_000003.jpg`]: undefined }), 'val')).rejects.toThrow(
      /JPEGImages\/2007_000003\.jpg: no such image, 1 of the 1 listed are missing/,
    );
    await expect(
      openVoc2012(temporaryFolder({ [`${base}/ImageSets/Segmentation/val.txt`]: 'a' }), 'val'),
    ).rejects.toThrow(/VOC2012\/JPEGImages: no such folder, expected the images of Pascal VOC 2012/);
    const unmasked = { [`${base}/ImageSets/Segmentation/val.txt`]: 'a', [`${base}/JPEGImages/a.jpg`]: image };
    await expect(openVoc2012(temporaryFolder(unmasked), 'val')).rejects.toThrow(
      /VOC2012\/SegmentationClass: no such folder, expected the masks of Pascal VOC 2012/,
    );
  });

  it('names the file of an item that is wrong', async () => {
    const sized = await openVoc2012(
      voc({ [`${base}/SegmentationClass/2007_000003.png`]: palettePng(1, 2, Uint8Array.of(0, 0)) }),
      'val',
    );
    await expect(sized.item(0)).rejects.toThrow(
      /2007_000003\.png: the mask has 1 x 2 pixels, expected 2 x 2 as in .*2007_000003\.jpg/,
    );
    const labelled = await openVoc2012(voc({ [`${base}/SegmentationClass/2007_000003.png`]: maskOf(21) }), 'val');
    await expect(labelled.item(0)).rejects.toThrow(
      /2007_000003\.png: found label 21, expected 0 to 20 \(21 classes\) or 255/,
    );
  });
});
