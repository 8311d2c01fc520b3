import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes a label mask as a gray PNG. */
export async function putMask(file: string, width: number, height: number, classAt: (x: number, y: number) => number) {
  const labels = Buffer.from({ length: width * height } as ArrayLike<number>).map((_, p) =>
    classAt(p % width, Math.floor(p / width)),
  );
  await sharp(labels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(file);
}

/**
 * Writes `count` pictures of 64 × 48 pixels with masks: a strip of void on top, a part of the scene's own class on the
 * left, classes 7 and 8 on the right.
 */
export async function putScenes(root: string, count: number): Promise<{ images: string; masks: string }> {
  const [images, masks] = [join(root, 'images'), join(root, 'masks')];
  for (const folder of [images, masks]) mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const classAt = (x: number, y: number) => (y < 4 ? 255 : x < 24 + 4 * i ? i : y < 24 ? 7 : 8);
    const pixels = Buffer.from({ length: 64 * 48 * 3 } as ArrayLike<number>).map((_, p) => {
      const at = Math.floor(p / 3);
      return (classAt(at % 64, Math.floor(at / 64)) * 37 + p * 7919) % 251;
    });
    await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toFile(join(images, `${i}.png`));
    await putMask(join(masks, `${i}.png`), 64, 48, classAt);
  }
  return { images, masks };
}
