// The counterpart of benchmarks/reference/two_views.py: the same images, views and figures by @cribo/augment, decoded by sharp, on one thread.
//   node --conditions=@cribo/source --import tsx benchmarks/src/two-views.ts FOLDER [--size 224] [--count 128]
//     [--no-views | --no-decoding]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Image, twoViews } from '@cribo/augment';
import { decodeImage } from '@cribo/augment/node';
import { Generator } from '@cribo/tensor';
import sharp from 'sharp';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '224' },
    count: { type: 'string', default: '128' },
    'no-views': { type: 'boolean', default: false },
    'no-decoding': { type: 'boolean', default: false },
  },
});
const folder = positionals[0];
if (folder === undefined) throw new Error('two-views: got no folder, wanted the path of a folder of JPEG files');
const size = Number(values.size);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.jpg'))
  .sort()
  .slice(0, Number(values.count));
if (files.length === 0) throw new Error(`${folder}: holds no .jpg file`);
const contents = files.map((name) => new Uint8Array(readFileSync(join(folder, name))));

// One thread per image, nothing kept from one image to the next.
sharp.concurrency(1);
sharp.cache(false);
const random = Generator.fromSeed(0);
const decoded = values['no-decoding'] ? await Promise.all(contents.map((bytes) => decodeImage(bytes))) : undefined;

async function work(index: number): Promise<void> {
  const image: Image = decoded?.[index] ?? (await decodeImage(contents[index]!));
  if (!values['no-views']) twoViews(image, { size, patchSize: 16 }, random);
}

for (let index = 0; index < Math.min(contents.length, 32); index++) await work(index);
const wallBefore = performance.now();
const before = process.cpuUsage();
for (let index = 0; index < contents.length; index++) await work(index);
const { user, system } = process.cpuUsage(before);
const perSecond = (seconds: number) => Math.round((10 * contents.length) / seconds) / 10;
console.log(
  JSON.stringify({
    images: contents.length,
    size,
    imagesPerProcessorSecond: perSecond((user + system) / 1e6),
    imagesPerSecond: perSecond((performance.now() - wallBefore) / 1000),
    node: process.version,
    sharp: sharp.versions.sharp,
  }),
);
