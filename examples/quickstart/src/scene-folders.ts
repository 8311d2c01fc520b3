import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { drawScene, sceneHash } from './scenes.js';
import { writeScenes } from './write-scenes.js';

/** Side of a scene in pixels. */
export const sceneSize = 96;

/** Folders of images, masks and class names; the scenes of one are in none of the others. */
export interface SceneFolders {
  /** To pretrain on, without looking at the masks. */
  pretrain: string;
  /** Labelled scenes to retrieve from. */
  memory: string;
  /** Labelled scenes to segment. */
  validation: string;
}

/** Draws `count` scenes for pretraining and one eighth as many for memory and validation, unless `cache` has them already. */
export async function sceneFolders(cache: string, count: number): Promise<SceneFolders> {
  // The name tells drawings by another version of this code apart.
  const version = sceneHash(drawScene(0, { size: sceneSize, seed: 0 })).slice(0, 8);
  const root = join(cache, `scenes-${version}-${sceneSize}px-${count}`);
  const labelled = Math.floor(count / 8);
  const parts = [
    { folder: 'pretrain', first: 0, count },
    { folder: 'memory', first: count, count: labelled },
    { folder: 'validation', first: count + labelled, count: labelled },
  ];
  if (!existsSync(root)) {
    // Drawn beside and renamed, so that an interrupted run leaves nothing that looks complete.
    const unfinished = `${root}.unfinished-${process.pid}`;
    try {
      for (const { folder, ...scenes } of parts) {
        await writeScenes(join(unfinished, folder), { ...scenes, size: sceneSize, seed: 0 });
      }
      await rename(unfinished, root);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const [pretrain, memory, validation] = parts.map(({ folder }) => join(root, folder)) as [string, string, string];
  return { pretrain: join(pretrain, 'images'), memory, validation };
}
