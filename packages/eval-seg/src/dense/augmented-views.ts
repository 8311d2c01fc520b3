import { applyView, applyViewToMask, drawView, type Image, type ViewPolicy, type ViewRecipe } from '@cribo/augment';
import { Generator } from '@cribo/tensor';
import { checkWhole } from '../checks.js';
import type { SegDataset, SegItem } from '../dataset.js';

/**
 * How a view of a memory image is drawn, after Hummingbird (Balazevic et al. 2023): a random resized crop whose area is drawn
 * from 0.5 to 2 times that of the image (draws that do not fit are repeated, as in torchvision), a flip, and brightness,
 * contrast, saturation and hue changed by up to 0.1, each with probability 0.5.
 */
const memoryAugmentation = {
  crop: { scale: [0.5, 2], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  jitter: 0.1,
  jitterProbability: 0.5,
} as const;

export interface AugmentedViewsOptions {
  /** Views of every image; the first is the image as it is. */
  readonly views: number;
  /** Side of the drawn views in pixels. */
  readonly imageSize: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * A data set of `views` views of every image: item `image * views + view`. View 0 is the image as it is; what the others
 * show depends on the seed, the image and the view's number alone, so more views only add to fewer. The mask of a view
 * shows what its image shows.
 * @throws Error if `views` is not a positive whole number.
 */
export function augmentedViews(dataset: SegDataset, options: AugmentedViewsOptions): SegDataset {
  const { views, imageSize, seed = 0 } = options;
  checkWhole('views', views);
  if (views === 1) return dataset;
  const root = Generator.fromSeed(seed).split('memory views');
  // The views of an image are asked for one after the other, and share what was decoded.
  let latest: { image: number; item: Promise<SegItem> } | undefined;
  const decoded = (image: number): Promise<SegItem> => {
    if (latest?.image !== image) latest = { image, item: dataset.item(image) };
    return latest.item;
  };
  return {
    ...dataset,
    name: `${dataset.name} x ${views}`,
    length: dataset.length * views,
    async item(index) {
      const image = Math.floor(index / views);
      const view = index % views;
      const item = await decoded(image);
      if (view === 0) return item;
      const recipe = drawRecipe(item.image, root.split(image).split(view));
      return {
        id: `${item.id} view ${view}`,
        image: applyView(item.image, recipe, imageSize),
        mask: applyViewToMask(item.mask, recipe, imageSize),
      };
    },
  };
}

const { crop, flip, jitter, jitterProbability } = memoryAugmentation;

const policy: ViewPolicy = {
  flip,
  colorJitter: { probability: 1, brightness: jitter, contrast: jitter, saturation: jitter, hue: jitter },
  grayscale: 0,
  blur: { probability: 0, sigma: [0, 0] },
  solarize: { probability: 0, threshold: 128 },
  order: ['colorJitter'],
};

function drawRecipe(image: Image, rng: Generator): ViewRecipe {
  const recipe = drawView(image, crop, policy, rng);
  return { ...recipe, jitter: recipe.jitter.filter(() => rng.bernoulli(jitterProbability)) };
}
