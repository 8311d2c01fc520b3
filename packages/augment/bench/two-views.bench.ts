import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator } from '@cribo/tensor';
import sharp from 'sharp';
import { bench, describe } from 'vitest';
import { realData } from '../../../test-support/golden.js';
import { drawView, normalize, paperPolicy, twoViews } from '../src/index.js';
import { decodeImage } from '../src/node.js';
import { viewByOps } from '../src/view-by-ops.js';
import { picture } from '../test/pictures.js';

const IMAGES = 32;
const options = { time: 3000, warmupIterations: 2 };

/** Photos of Pascal VOC where they are at hand, drawn pictures of the same size elsewhere; as JPEG files. */
async function files(): Promise<Uint8Array[]> {
  const data = realData();
  const voc = data === undefined ? undefined : join(data, 'voc2012/VOCdevkit/VOC2012');
  if (voc === undefined || !existsSync(voc)) {
    const raw = { raw: { width: 500, height: 375, channels: 3 as const } };
    return Array(IMAGES).fill(await sharp(picture(500, 375).data, raw).jpeg().toBuffer());
  }
  const ids = readFileSync(join(voc, 'ImageSets/Segmentation/train.txt'), 'utf8').split('\n').slice(0, IMAGES);
  return ids.map((id) => readFileSync(join(voc, 'JPEGImages', `${id}.jpg`)));
}

sharp.concurrency(1);
sharp.cache(false);
const encoded = await files();
const images = await Promise.all(encoded.map((file) => decodeImage(file)));

describe.each([96, 112, 224])(`two views of ${IMAGES} images on one thread, %i px`, (size) => {
  bench(
    'kernels',
    () => {
      const random = Generator.fromSeed(0);
      for (const image of images) twoViews(image, { size, patchSize: 16 }, random);
    },
    options,
  );

  bench(
    'single functions, as without WebAssembly',
    () => {
      const random = Generator.fromSeed(0);
      for (const image of images) {
        for (const policy of paperPolicy.views) {
          normalize(viewByOps(image, drawView(image, paperPolicy.crop, policy, random), size));
        }
      }
    },
    options,
  );
});

describe(`decoding ${IMAGES} images, one after the other`, () => {
  bench(
    'JPEG',
    async () => {
      for (const file of encoded) await decodeImage(file);
    },
    options,
  );
});
