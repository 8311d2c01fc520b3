import { applyViewToMask } from '@cribo/augment';
import { IGNORE_LABEL, patchLabels } from '@cribo/eval-seg';
import type { Config } from '../config/schema.js';
import type { ImageEntry, LoadedBatch } from '../data/index.js';
import { findMaskFiles } from './mask-files.js';
import { readMask } from './read-mask.js';
import { regionsOf } from './regions.js';

/** What the label masks say about a batch. */
export interface LabelledPatches {
  /** `[B,2N]`: class of every patch, those of view 1 first; 255 where all of its pixels are void. */
  classes: Int32Array;
  /** `[B,2N]`: the objects of the masks, −1 for patches of none; only with `clustering.method: masks`. */
  regions?: Int32Array;
}

/** Labels for the supervised oracles (Table 11): masks of the images go through the same views as the images. */
export interface Oracle {
  /** @throws InputError of one sentence that names a mask that does not fit its image */
  label(batch: Pick<LoadedBatch, 'files' | 'recipes' | 'sizes'>): Promise<LabelledPatches>;
}

const usesMasks = ({ clustering, bootstrapping }: Pick<Config, 'clustering' | 'bootstrapping'>): boolean =>
  clustering.method === 'masks' || bootstrapping.criterion === 'labels';

/**
 * Opens the masks that these settings need for these images; undefined where they need none.
 * @throws InputError of one sentence if a mask is missing
 */
export function openOracle(config: Config, entries: readonly ImageEntry[]): Oracle | undefined {
  if (!usesMasks(config)) return undefined;
  const { views, model, clustering, loading, oracle } = config;
  const masks = findMaskFiles(oracle.masks!, entries);
  const patches = (views.imageSize / model.patchSize) ** 2;

  /** Classes of the patches of both views of one image. */
  async function labelImage(
    image: string,
    size: LoadedBatch['sizes'][number],
    recipes: LoadedBatch['recipes'][number],
  ) {
    const { decodeMaxSide: maxSide } = loading;
    const mask = await readMask(masks.get(image)!, {
      image,
      ...size,
      maxSide,
      classes: oracle.classes ?? IGNORE_LABEL,
    });
    return recipes.map((recipe) => patchLabels(applyViewToMask(mask, recipe, views.imageSize), model.patchSize));
  }

  return {
    async label({ files, recipes, sizes }) {
      const labels = await Promise.all(files.map((image, i) => labelImage(image, sizes[i]!, recipes[i]!)));
      const classes = new Int32Array(files.length * 2 * patches);
      for (const [i, ofViews] of labels.entries()) {
        for (const [view, ofView] of ofViews.entries()) classes.set(ofView, (2 * i + view) * patches);
      }
      if (clustering.method !== 'masks') return { classes };
      return { classes, regions: regionsOf(classes, 2 * patches, clustering.clusters) };
    },
  };
}
