import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cocoStuffClasses, openCocoStuff } from '../src/index.js';
import { classIds, labelledRow, range } from './labelled-files.js';
import { temporaryFolder } from './temporary-folder.js';

/** Ids of the released masks that stand for no class: street sign, hat, shoe, eye glasses, plate, mirror … */
const unused = [11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90];

/** COCO-Stuff with one image to evaluate on, whose released mask has these labels. */
function released(...labels: number[]): string {
  const { image, mask } = labelledRow(...labels);
  return temporaryFolder({
    'images/val2017/000000000139.jpg': image,
    'annotations/val2017/000000000139.png': mask,
  });
}

describe('openCocoStuff', () => {
  it('closes the 11 gaps in the ids 0 to 181 of released masks, and leaves 255 void', async () => {
    const ids = range(0, 181).filter((id) => !unused.includes(id));
    const dataset = await openCocoStuff(released(...ids, 255), 'val2017');
    expect([dataset.name, dataset.classes.length]).toEqual(['coco-stuff val2017', 171]);
    expect(await classIds(dataset)).toEqual([...range(0, 170), 255]);
  });

  it('gives the ids around every gap the classes that they name', async () => {
    const named: [number, string][] = [
      [0, 'person'],
      [10, 'fire hydrant'],
      [12, 'stop sign'],
      [24, 'giraffe'],
      [26, 'backpack'],
      [27, 'umbrella'],
      [30, 'handbag'],
      [43, 'bottle'],
      [45, 'wine glass'],
      [64, 'bed'],
      [66, 'dining table'],
      [69, 'toilet'],
      [71, 'tv'],
      [81, 'refrigerator'],
      [83, 'book'],
      [89, 'toothbrush'],
      [91, 'banner'],
      [156, 'sky-other'],
      [181, 'wood'],
    ];
    const dataset = await openCocoStuff(released(...named.map(([id]) => id)), 'val2017');
    const names = (await classIds(dataset)).map((id) => dataset.classes[id]);
    expect(names).toEqual(named.map(([, name]) => name));
    expect(new Set(cocoStuffClasses).size).toBe(171);
  });

  it.each([...unused, 182, 254])('refuses the id %i in released masks', async (id) => {
    await expect((await openCocoStuff(released(0, id), 'val2017')).item(0)).rejects.toThrow(
      new RegExp(
        `000000000139\\.png: found label ${id}, expected 0 to 181 but none of the unused ids ${unused.join(', ')}, or 255$`,
      ),
    );
  });

  it('takes the labels of converted masks as they are, and prefers them to released ones', async () => {
    const [both, alone] = [labelledRow(...range(0, 170), 255), labelledRow(170)];
    const root = temporaryFolder({
      'images/train2017/000000000009.jpg': both.image,
      'annotations/train2017/000000000009_labelTrainIds.png': both.mask,
      'annotations/train2017/000000000009.png': labelledRow(0).mask,
      'images/train2017/000000000025.jpg': alone.image,
      'annotations/train2017/000000000025_labelTrainIds.png': alone.mask,
      // Not converted yet.
      'images/train2017/000000000030.jpg': alone.image,
      'annotations/train2017/000000000030.png': labelledRow(181).mask,
    });
    const dataset = await openCocoStuff(root, 'train2017');
    expect(await classIds(dataset, 0)).toEqual([...range(0, 170), 255]);
    expect(await classIds(dataset, 1)).toEqual([170]);
    expect(await classIds(dataset, 2)).toEqual([170]);
    expect((await dataset.item(0)).id).toBe('000000000009');
  });

  it('refuses the label 171 in converted masks', async () => {
    const { image, mask } = labelledRow(171);
    const root = temporaryFolder({
      'coco_stuff164k/images/val2017/a.jpg': image,
      'coco_stuff164k/annotations/val2017/a_labelTrainIds.png': mask,
    });
    const dataset = await openCocoStuff(root, 'val2017');
    await expect(dataset.item(0)).rejects.toThrow(
      /a_labelTrainIds\.png: found label 171, expected 0 to 170 \(171 classes\) or 255$/,
    );
  });

  it('names what the layout lacks', async () => {
    await expect(openCocoStuff('/nowhere', 'val2017')).rejects.toThrow(
      '/nowhere: no such folder, expected COCO-Stuff 164k',
    );
    const root = released(0);
    await expect(openCocoStuff(root, 'train2017')).rejects.toThrow(
      `${join(root, 'images/train2017')}: no such folder, expected the images of COCO-Stuff 164k, found val2017`,
    );
    const unmasked = temporaryFolder({ 'images/val2017/a.jpg': labelledRow(0).image });
    await expect(openCocoStuff(unmasked, 'val2017')).rejects.toThrow(
      `${join(unmasked, 'annotations/val2017')}: no such folder, expected the masks of COCO-Stuff 164k`,
    );
  });
});
