import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawScene, type SceneOptions, sceneClasses } from './scenes.js';

export interface WriteScenesOptions extends SceneOptions {
  /** Number of the first scene. */
  readonly first?: number;
  readonly count: number;
}

/**
 * Writes scenes as a folder of images and masks: `images/<number>.png`, `masks/<number>.png` (8-bit gray, the label of every
 * pixel) and `classes.json` (class names in the order of their labels).
 */
export async function writeScenes(folder: string, { first = 0, count, size, seed }: WriteScenesOptions): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  await mkdir(join(folder, 'masks'), { recursive: true });
  await writeFile(join(folder, 'classes.json'), `${JSON.stringify(sceneClasses, null, 2)}\n`);
  for (let index = first; index < first + count; index++) {
    const { image, mask } = drawScene(index, { size, seed });
    const name = `${String(index).padStart(5, '0')}.png`;
    await Promise.all([
      writePng(join(folder, 'images', name), image.data, size, 3),
      writePng(join(folder, 'masks', name), mask, size, 1),
    ]);
  }
}

async function writePng(file: string, data: Uint8Array, size: number, channels: 1 | 3): Promise<void> {
  const picture = sharp(data, { raw: { width: size, height: size, channels } });
  await picture
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toFile(file);
}
