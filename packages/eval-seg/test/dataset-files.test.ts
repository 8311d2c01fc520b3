import { decodeImage } from '@cribo/augment/node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  openAde20k,
  openCocoStuff,
  openFolder,
  openPascalContext,
  openVoc2012,
  type SegDataset,
} from '../src/index.js';
import { grayPng, png, rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

/** How a data set lays out its files; the same mistakes are made in each. */
interface Layout {
  open(root: string): Promise<SegDataset>;
  image(id: string): string;
  mask(id: string): string;
  /** The list of the split, where the order comes from one. */
  list?: string;
}

const voc = (year: string, lists: string, masks: string) => ({
  image: (id: string) => `${year}/JPEGImages/${id}.jpg`,
  mask: (id: string) => `${year}/${masks}/${id}.png`,
  list: `${year}/ImageSets/${lists}/val.txt`,
});

const layouts: Record<string, Layout> = {
  openVoc2012: { open: (root) => openVoc2012(root, 'val'), ...voc('VOC2012', 'Segmentation', 'SegmentationClass') },
  openPascalContext: {
    open: (root) => openPascalContext(root, 'val'),
    ...voc('VOC2010', 'SegmentationContext', 'SegmentationClassContext'),
  },
  openCocoStuff: {
    open: (root) => openCocoStuff(root, 'val2017'),
    image: (id) => `images/val2017/${id}.jpg`,
    mask: (id) => `annotations/val2017/${id}.png`,
  },
  openAde20k: {
    open: (root) => openAde20k(root, 'validation'),
    image: (id) => `images/validation/${id}.jpg`,
    mask: (id) => `annotations/validation/${id}.png`,
  },
  openFolder: {
    open: (root) => openFolder(root, { split: 'val', classes: ['ground', 'thing'] }),
    image: (id) => `images/val/${id}.jpg`,
    mask: (id) => `masks/val/${id}.png`,
  },
};

/** A photo whose file says by its EXIF orientation how it is to be turned. */
const jpeg = (image: Uint8Array, orientation: number) =>
  sharp(image).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();

describe.each(Object.entries(layouts))('%s', (_, { open, image, mask, list }) => {
  const ids = ['b', 'c', 'a'];
  const good = rgbPng(2, 1, Uint8Array.of(9, 8, 7, 6, 5, 4));
  const labels = grayPng(2, 1, Uint8Array.of(1, 1));

  /** Three labelled images with other bytes in some files; `undefined` leaves a file out. */
  function files(changes: Record<string, string | Uint8Array | undefined> = {}): string {
    const all: Record<string, string | Uint8Array | undefined> = { ...(list && { [list]: `${ids.join('\n')}\n` }) };
    for (const id of ids) Object.assign(all, { [image(id)]: good, [mask(id)]: labels });
    const present = Object.entries({ ...all, ...changes }).filter(([, bytes]) => bytes !== undefined);
    return temporaryFolder(Object.fromEntries(present) as Record<string, string | Uint8Array>);
  }
  const firstItem = async (changes: Record<string, string | Uint8Array>) => (await open(files(changes))).item(0);
  const first = list ? 'b' : 'a';

  it('lists the images in a fixed order: that of the list, else of the names', async () => {
    const dataset = await open(files());
    const read = await Promise.all([0, 1, 2].map((i) => dataset.item(i)));
    expect(read.map(({ id }) => id)).toEqual(list ? ids : [...ids].sort());
    expect(read[0]!.image).toEqual({ width: 2, height: 1, data: Uint8Array.of(9, 8, 7, 6, 5, 4) });
  });

  it('opens without reading images and masks', async () => {
    const unreadable = Object.fromEntries(
      ids.flatMap((id) => [image(id), mask(id)]).map((path) => [path, 'no picture']),
    );
    expect((await open(files(unreadable))).length).toBe(3);
  });

  it('names a mask that is missing when it opens', async () => {
    await expect(open(files({ [mask('c')]: undefined }))).rejects.toThrow(/\/c\.png: no such mask, /);
  });

  if (list) {
    it('names a listed image that is missing when it opens', async () => {
      await expect(open(files({ [image('c')]: undefined }))).rejects.toThrow(
        /\/c\.jpg: no such image, 1 of the 3 listed are missing$/,
      );
    });
  }

  it('names an image that cannot be decoded', async () => {
    await expect(firstItem({ [image(first)]: 'no picture' })).rejects.toThrow(new RegExp(`/${first}\\.jpg`));
  });

  it('names a mask of another size than its image', async () => {
    await expect(firstItem({ [mask(first)]: grayPng(1, 2, Uint8Array.of(1, 1)) })).rejects.toThrow(
      new RegExp(
        `/${first}\\.png: the mask has 1 x 2 pixels, expected 2 x 1 as in the stored pixels \\(no EXIF orientation applied\\) of .*/${first}\\.jpg$`,
      ),
    );
  });

  it('keeps an image beside its mask as both are stored, whatever its EXIF orientation', async () => {
    const upright = rgbPng(
      3,
      2,
      Uint8Array.from({ length: 18 }, (_, i) => (i < 9 ? 250 : 5)),
    );
    const stored = await decodeImage(await jpeg(upright, 1));
    expect([stored.width, stored.height]).toEqual([3, 2]);
    // The upper half, which is bright, has a class; the lower one is void.
    const halves = grayPng(3, 2, Uint8Array.of(1, 1, 1, 255, 255, 255));
    for (const orientation of [3, 6]) {
      const photo = await jpeg(upright, orientation);
      // The file does say that it is to be turned.
      expect((await decodeImage(photo)).data).not.toEqual(stored.data);
      const { image: read, mask: labelsRead } = await firstItem({ [image(first)]: photo, [mask(first)]: halves });
      expect(read).toEqual(stored);
      expect([...labelsRead.data].map((label) => label === 255)).toEqual([false, false, false, true, true, true]);
      expect([labelsRead.width, labelsRead.height]).toEqual([3, 2]);
    }
    // A mask drawn on the turned photo would lie wrong.
    const turned = grayPng(2, 3, Uint8Array.of(1, 1, 1, 1, 1, 1));
    await expect(firstItem({ [image(first)]: await jpeg(upright, 6), [mask(first)]: turned })).rejects.toThrow(
      new RegExp(
        `/${first}\\.png: the mask has 2 x 3 pixels, expected 3 x 2 as in the stored pixels \\(no EXIF orientation applied\\) of .*/${first}\\.jpg$`,
      ),
    );
  });

  it('names a mask in colours, of 16 bits, or in no PNG at all', async () => {
    await expect(firstItem({ [mask(first)]: good })).rejects.toThrow(
      new RegExp(`/${first}\\.png: the mask is RGB, expected one channel of class ids`),
    );
    const deep = png({ width: 2, height: 1, depth: 16, colourType: 0 }, Uint8Array.of(0, 1, 0, 1));
    await expect(firstItem({ [mask(first)]: deep })).rejects.toThrow(
      new RegExp(`/${first}\\.png: the mask has 16 bits per pixel, expected at most 8`),
    );
    await expect(firstItem({ [mask(first)]: 'no picture' })).rejects.toThrow(
      new RegExp(`/${first}\\.png: the mask cannot be read as a PNG`),
    );
  });

  it('names a label that is no class', async () => {
    await expect(firstItem({ [mask(first)]: grayPng(2, 1, Uint8Array.of(1, 222)) })).rejects.toThrow(
      new RegExp(`/${first}\\.png: found label 222, expected 0 .* 255$`),
    );
  });
});
