import { describe, expect, it } from 'vitest';
import { openFolder } from '../src/index.js';
import { grayPng, rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

const image = rgbPng(2, 1, new Uint8Array(6));
const mask = (...labels: number[]) => grayPng(2, 1, Uint8Array.from(labels));

describe('openFolder', () => {
  it('pairs images and masks by their stems, in order of their names', async () => {
    const root = temporaryFolder({
      'images/b.v2.png': image,
      'images/a.jpeg': image,
      'images/notes.txt': 'no image',
      'masks/a.png': mask(0, 1),
      'masks/b.v2.png': mask(2, 255),
      'classes.txt': 'ground\nsquare\ndisc\n',
    });
    const dataset = await openFolder(root);
    expect(dataset.classes).toEqual(['ground', 'square', 'disc']);
    expect(dataset.length).toBe(2);
    expect([(await dataset.item(0)).id, (await dataset.item(1)).id]).toEqual(['a', 'b.v2']);
    expect((await dataset.item(1)).mask.data).toEqual(Uint8Array.of(2, 255));
  });

  it('counts the classes from the masks where no list is given', async () => {
    const root = temporaryFolder({ 'images/a.png': image, 'annotations/a.png': mask(3, 255) });
    expect((await openFolder(root)).classes).toEqual(['class 0', 'class 1', 'class 2', 'class 3']);
  });

  it('reads a split from sub-folders of either order, or from a list', async () => {
    const inside = temporaryFolder({
      'images/train/a.png': image,
      'masks/train/a.png': mask(0, 1),
      'images/val/b.png': image,
      'masks/val/b.png': mask(0, 1),
    });
    const outside = temporaryFolder({
      'val/images/b.png': image,
      'val/masks/b.png': mask(0, 1),
      'classes.json': '["x","y"]',
    });
    const listed = temporaryFolder({
      'images/a.png': image,
      'images/b.png': image,
      'masks/a.png': mask(0, 1),
      'masks/b.png': mask(0, 1),
      'val.txt': 'b.png\n',
    });
    for (const root of [inside, outside, listed]) {
      const dataset = await openFolder(root, { split: 'val' });
      expect([dataset.length, (await dataset.item(0)).id, dataset.classes.length]).toEqual([1, 'b', 2]);
    }
  });

  it('takes other folder names and classes', async () => {
    const root = temporaryFolder({ 'photos/train/a.png': image, 'semantic/a.png': mask(0, 1) });
    const dataset = await openFolder(root, { images: 'photos/train', masks: 'semantic', classes: ['x', 'y', 'z'] });
    expect([dataset.length, dataset.classes[2]]).toEqual([1, 'z']);
  });

  it('makes another label void beside 255, and keeps the names of the classes in their places', async () => {
    const root = temporaryFolder({
      'images/a.png': rgbPng(4, 1, new Uint8Array(12)),
      'masks/a.png': grayPng(4, 1, Uint8Array.of(0, 1, 2, 255)),
      'classes.txt': 'unlabelled\nsquare\ndisc\n',
    });
    const dataset = await openFolder(root, { ignoreLabel: 0 });
    expect(dataset.classes).toEqual(['unlabelled', 'square', 'disc']);
    expect((await dataset.item(0)).mask.data).toEqual(Uint8Array.of(255, 1, 2, 255));
    await expect(openFolder(root, { ignoreLabel: 256 })).rejects.toThrow(
      'ignoreLabel: got 256, wanted a whole number from 0 to 255',
    );
  });

  it('does not count the void label among the classes it finds in the masks', async () => {
    const root = temporaryFolder({ 'images/a.png': image, 'masks/a.png': mask(1, 200) });
    const dataset = await openFolder(root, { ignoreLabel: 200 });
    expect(dataset.classes).toEqual(['class 0', 'class 1']);
    expect((await dataset.item(0)).mask.data).toEqual(Uint8Array.of(1, 255));
  });

  it('refuses more classes than labels of 8 bits can name', async () => {
    const root = temporaryFolder({ 'images/a.png': image, 'masks/a.png': mask(0, 1) });
    const classes = Array.from({ length: 256 }, (_, c) => `${c}`);
    await expect(openFolder(root, { classes })).rejects.toThrow(
      `${root}: found 256 class names, expected at most 255 (label 255 is void)`,
    );
  });

  it('names what is missing or wrong', async () => {
    await expect(openFolder('/nowhere')).rejects.toThrow('/nowhere: no such folder');
    await expect(openFolder(temporaryFolder({ 'a.png': image }))).rejects.toThrow(/images: no such folder/);
    await expect(openFolder(temporaryFolder({ 'images/a.png': image }))).rejects.toThrow(/masks: no such folder/);
    await expect(openFolder(temporaryFolder({ 'images/a.png': image, 'masks/b.png': mask(0, 0) }))).rejects.toThrow(
      /masks\/a\.png: no such mask, expected one for .*images\/a\.png/,
    );
    await expect(openFolder(temporaryFolder({ 'images/a.txt': '', 'masks/b.png': mask(0, 0) }))).rejects.toThrow(
      /images: found no images/,
    );
    const good = { 'images/a.png': image, 'masks/a.png': mask(0, 7) };
    await expect(openFolder(temporaryFolder(good), { split: 'val' })).rejects.toThrow(/val\.txt: no such split/);
    await expect(openFolder(temporaryFolder({ ...good, 'classes.json': '{"a": 1}' }))).rejects.toThrow(
      /classes\.json: expected a JSON array of class names/,
    );
    const listed = await openFolder(temporaryFolder({ ...good, 'classes.txt': 'one\ntwo' }));
    await expect(listed.item(0)).rejects.toThrow(/masks\/a\.png: found label 7, expected 0 to 1 \(2 classes\) or 255/);
  });
});
