import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { scratch } from './cribo.js';

/** Where a data set has its files, and what two of the labels in its masks stand for. */
export interface Layout {
  labels: [number, number];
  /** The class ids of `labels`. */
  classes: [number, number];
  /** Number of classes. */
  count: number;
  /** The usual splits: the one to take labels from and the one to score. */
  splits: [string, string];
  image(split: string, i: number): string;
  mask(split: string, i: number): string;
  list?(split: string): string;
}

const vocLike = (year: string, masks: string, lists: string) => ({
  splits: ['train', 'val'] as [string, string],
  image: (split: string, i: number) => `VOCdevkit/${year}/JPEGImages/${split}${i}.jpg`,
  mask: (split: string, i: number) => `VOCdevkit/${year}/${masks}/${split}${i}.png`,
  list: (split: string) => `VOCdevkit/${year}/ImageSets/${lists}/${split}.txt`,
});
const splitFolders = (splits: [string, string]) => ({
  splits,
  image: (split: string, i: number) => `images/${split}/${i}.jpg`,
  mask: (split: string, i: number) => `annotations/${split}/${i}.png`,
});
const context = vocLike('VOC2010', 'SegmentationClassContext', 'SegmentationContext');

export const layouts: Record<string, Layout> = {
  voc2012: { labels: [0, 20], classes: [0, 20], count: 21, ...vocLike('VOC2012', 'SegmentationClass', 'Segmentation') },
  'pascal-context': { labels: [0, 59], classes: [0, 59], count: 60, ...context },
  'pascal-context-59': { labels: [1, 59], classes: [0, 58], count: 59, ...context },
  'coco-stuff': { labels: [12, 181], classes: [11, 170], count: 171, ...splitFolders(['train2017', 'val2017']) },
  ade20k: { labels: [1, 150], classes: [0, 149], count: 150, ...splitFolders(['training', 'validation']) },
  folder: { labels: [0, 2], classes: [0, 2], count: 3, ...splitFolders(['train', 'val']) },
};

/** Writes two labelled images of noise in both splits, the same ones; returns the folder. */
export async function putLabelled({ labels, splits, image, mask, list }: Layout): Promise<string> {
  const root = scratch();
  const write = (name: string, bytes: string | Buffer) => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  };
  const size = 32;
  for (const split of splits) {
    if (list) write(list(split), `${split}0\n${split}1\n`);
    for (const i of [0, 1]) {
      const noise = Buffer.from({ length: size * size * 3 } as ArrayLike<number>).map((_, p) => ((p + i) * 7919) % 251);
      const raw = { width: size, height: size };
      write(
        image(split, i),
        await sharp(noise, { raw: { ...raw, channels: 3 } })
          .png()
          .toBuffer(),
      );
      // The left half has one label, the right half the other.
      const halves = Buffer.alloc(size * size).map((_, p) => labels[p % size < size / 2 ? 0 : 1]);
      const gray = sharp(halves, { raw: { ...raw, channels: 1 } }).toColourspace('b-w');
      write(mask(split, i), await gray.png().toBuffer());
    }
  }
  return root;
}
