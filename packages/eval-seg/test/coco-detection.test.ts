import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { firstImages, openCocoDetection } from '../src/index.js';
import { rgbPng } from './png.js';
import { temporaryFolder } from './temporary-folder.js';

const pixels = (width: number, height: number) => rgbPng(width, height, new Uint8Array(width * height * 3).fill(9));

const instances = {
  info: { description: 'more than boxes need' },
  images: [
    { id: 42, file_name: 'b.jpg', width: 20, height: 10, license: 1 },
    { id: 7, file_name: 'a.jpg', width: 8, height: 8 },
  ],
  categories: [
    { id: 90, name: 'toothbrush', supercategory: 'indoor' },
    { id: 1, name: 'person' },
    { id: 12, name: 'street sign' },
  ],
  annotations: [
    { id: 5, image_id: 42, category_id: 90, bbox: [2, 3, 4, 5], area: 18.5, iscrowd: 0, segmentation: [] },
    { id: 6, image_id: 42, category_id: 1, bbox: [15, -2, 10, 6], area: 20, iscrowd: 0 },
    { id: 8, image_id: 42, category_id: 1, bbox: [0, 0, 20, 10], area: 150, iscrowd: 1 },
    { id: 9, image_id: 42, category_id: 1, bbox: [4, 4, 0, 3], area: 0, iscrowd: 0 },
  ],
};

type Changes = { [K in keyof typeof instances]?: unknown };

function coco(changes: Changes = {}, folder = 'val2017'): string {
  return temporaryFolder({
    'annotations/instances_val2017.json': JSON.stringify({ ...instances, ...changes }),
    [`${folder}/a.jpg`]: pixels(8, 8),
    [`${folder}/b.jpg`]: pixels(20, 10),
  });
}

describe('openCocoDetection', () => {
  it('reads images in the order of the file, categories by their ids, gaps closed', async () => {
    const dataset = await openCocoDetection(coco(), 'val2017');
    expect([dataset.name, dataset.length]).toEqual(['coco val2017', 2]);
    expect(dataset.categories).toEqual([
      { id: 1, name: 'person' },
      { id: 12, name: 'street sign' },
      { id: 90, name: 'toothbrush' },
    ]);
    const item = await dataset.item(0);
    expect([item.imageId, item.image.width, item.image.height, item.image.data[0]]).toEqual([42, 20, 10, 9]);
    // Neither the crowd nor the box without width; what lies outside of the image is cut off.
    expect(item.objects).toEqual([
      { label: 2, box: [2, 3, 4, 5] },
      { label: 0, box: [15, 0, 5, 4] },
    ]);
    expect((await dataset.item(1)).objects).toEqual([]);
    expect(dataset.groundTruth.annotations).toHaveLength(4);
    // Outlines, which are most of such a file, are not held.
    expect(dataset.groundTruth.annotations.slice(0, 1)).toEqual([
      { image_id: 42, category_id: 90, bbox: [2, 3, 4, 5], area: 18.5, iscrowd: 0 },
    ]);
    expect(dataset.groundTruth.annotations[2]).toMatchObject({ iscrowd: 1, area: 150, bbox: [0, 0, 20, 10] });
  });

  it('keeps an image as it is stored, like its boxes, whatever its EXIF orientation', async () => {
    // Turned by 180 degrees it would have the same size.
    const stored = Uint8Array.from({ length: 20 * 10 * 3 }, (_, i) => (i < 300 ? 250 : 5));
    const photo = await sharp(rgbPng(20, 10, stored))
      .withMetadata({ orientation: 3 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const root = temporaryFolder({
      'annotations/instances_val2017.json': JSON.stringify({ ...instances, images: [instances.images[0]] }),
      'val2017/b.jpg': photo,
    });
    const { image } = await (await openCocoDetection(root, 'val2017')).item(0);
    expect([image.data[0]! > 200, image.data.at(-1)! > 200]).toEqual([true, false]);
  });

  it('finds the images in images/<split> as well', async () => {
    const dataset = await openCocoDetection(coco({}, 'images/val2017'), 'val2017');
    expect((await dataset.item(1)).imageId).toBe(7);
  });

  it('cuts a data set to its first images', async () => {
    const dataset = await openCocoDetection(coco(), 'val2017');
    const first = firstImages(
      { ...dataset, groundTruth: { ...dataset.groundTruth, images: [{ id: 7 }, { id: 42 }] } },
      1,
    );
    expect([first.length, first.groundTruth.images, first.groundTruth.annotations]).toEqual([1, [{ id: 7 }], []]);
    expect(firstImages(dataset, 9)).toBe(dataset);
  });

  it('names what is missing', async () => {
    await expect(openCocoDetection('/nowhere', 'val2017')).rejects.toThrow(
      "/nowhere/annotations/instances_val2017.json: no such file, expected COCO's annotations in /nowhere/annotations",
    );
    await expect(openCocoDetection(coco(), 'train2017')).rejects.toThrow(
      /instances_train2017\.json: no such file, found the splits val2017 there$/,
    );
    await expect(openCocoDetection(coco({}, 'photos'), 'val2017')).rejects.toThrow(
      /images\/val2017: no such folder, expected the images of val2017 there or in .*\/val2017$/,
    );
    const more = [...instances.images, { id: 1, file_name: 'c.jpg', width: 1, height: 1 }];
    await expect(openCocoDetection(coco({ images: more }), 'val2017')).rejects.toThrow(
      /val2017\/c\.jpg: no such image, 1 of the 3 listed are missing$/,
    );
  });

  it('names an image of another size, or one that cannot be read', async () => {
    const root = temporaryFolder({
      'annotations/instances_val2017.json': JSON.stringify(instances),
      'val2017/a.jpg': 'no image',
      'val2017/b.jpg': pixels(10, 20),
    });
    const dataset = await openCocoDetection(root, 'val2017');
    await expect(dataset.item(0)).rejects.toThrow(
      /b\.jpg: has 10 x 20 pixels, expected 20 x 10 as in .*instances_val2017\.json$/,
    );
    await expect(dataset.item(1)).rejects.toThrow(/a\.jpg: cannot be read as an image/);
  });

  const annotation = instances.annotations[0]!;
  it.each([
    [{ images: undefined }, '"images" is missing, expected a list'],
    [{ annotations: {} }, '"annotations" is {}, expected a list'],
    [{ images: [{ id: 1, width: 1, height: 1 }] }, 'images[0].file_name is missing, expected a name'],
    [{ images: [{ id: 1, file_name: 'a', width: 0, height: 1 }] }, 'images[0].width is 0, expected a positive number'],
    [
      { images: [instances.images[0], instances.images[0]] },
      'images[1].id is 42, expected a whole number that no other has',
    ],
    [{ categories: [{ id: 'x', name: 'a' }] }, 'categories[0].id is "x", expected a whole number that no other has'],
    [{ categories: [{ id: 1 }] }, 'categories[0].name is missing, expected a name'],
    [
      { annotations: [annotation, { ...annotation, image_id: 43 }] },
      'annotations[1].image_id is 43, expected the id of one of the images',
    ],
    [
      { annotations: [{ ...annotation, category_id: 2 }] },
      'annotations[0].category_id is 2, expected the id of one of the categories',
    ],
    [
      { annotations: [{ ...annotation, bbox: [1, 2, -3, 4] }] },
      'annotations[0].bbox is [1,2,-3,4], expected x, y, width and height, the last two not negative',
    ],
    [{ annotations: [{ ...annotation, bbox: [1, 2, 3] }] }, 'annotations[0].bbox is [1,2,3], expected x, y, width'],
    [{ annotations: [{ ...annotation, area: null }] }, 'annotations[0].area is null, expected a number'],
    [{ annotations: [{ ...annotation, iscrowd: 2 }] }, 'annotations[0].iscrowd is 2, expected 0 or 1'],
    [{ annotations: [null] }, 'annotations[0].image_id is missing, expected the id of one of the images'],
  ] as [Changes, string][])('refuses %j', async (changes, sentence) => {
    const failure = await openCocoDetection(coco(changes), 'val2017').catch((error: Error) => error.message);
    expect(failure).toContain(`instances_val2017.json: ${sentence}`);
  });

  it('refuses what is no JSON, or no object', async () => {
    for (const [text, sentence] of [
      ['{"images": [', /instances_val2017\.json: is no JSON \(/],
      ['null', /instances_val2017\.json: "images" is missing, expected a list$/],
    ] as const) {
      const root = temporaryFolder({ 'annotations/instances_val2017.json': text });
      await expect(openCocoDetection(root, 'val2017')).rejects.toThrow(sentence);
    }
  });
});
