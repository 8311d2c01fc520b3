import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator } from '@cribo/tensor';
import { bench, describe } from 'vitest';
import { realData } from '../../../test-support/golden.js';
import type { Image } from '../src/index.js';
import { twoViews } from '../src/index.js';
import { decodeImage } from '../src/node.js';
import { picture } from '../test/pictures.js';

const IMAGES = 32;

/** Photos of Pascal VOC where they are at hand, drawn pictures of the same size elsewhere. */
async function images(): Promise<Image[]> {
  const data = realData();
  const voc = data === undefined ? undefined : join(data, 'voc2012/VOCdevkit/VOC2012');
  if (voc === undefined || !existsSync(voc)) return Array.from({ length: IMAGES }, () => picture(500, 375));
  const ids = readFileSync(join(voc, 'ImageSets/Segmentation/train.txt'), 'utf8').split('\n').slice(0, IMAGES);
  return Promise.all(ids.map((id) => decodeImage(join(voc, 'JPEGImages', `${id}.jpg`))));
}

const decoded = await images();

describe.each([96, 112, 224])(`two views of ${IMAGES} images on one core, %i px`, (size) => {
  bench(
    `${size} px`,
    () => {
      const random = Generator.fromSeed(0);
      for (const image of decoded) twoViews(image, { size, patchSize: 16 }, random);
    },
    { time: 3000, warmupIterations: 2 },
  );
});
