import { normalizedView } from './apply-view.js';
import { cropPositions } from './crop-positions.js';
import { checkImage, type Image } from './image.js';
import { type AugmentPolicy, paperPolicy } from './policy.js';
import type { Random } from './random.js';
import { drawView, type ViewRecipe } from './view-recipe.js';

export interface TwoViewsOptions {
  /** Side of each view in pixels. */
  readonly size: number;
  /** Side of a patch in pixels; must divide `size`. */
  readonly patchSize: number;
  /** Defaults to {@link paperPolicy}. */
  readonly policy?: AugmentPolicy;
}

export interface TwoViews {
  /** Each `[size, size, 3]`, normalised, row-major. */
  readonly views: readonly [Float32Array, Float32Array];
  /** Each `[N, 2]`: x and y of every patch in pixels of the original image. */
  readonly positions: readonly [Float32Array, Float32Array];
  /** What was drawn for each view. */
  readonly recipes: readonly [ViewRecipe, ViewRecipe];
}

/**
 * Two random views of an image, with the position of every patch in the original image.
 * The same generator state gives the same result.
 * @throws Error if the image's data does not fit its size, or `patchSize` does not divide `size`.
 */
export function twoViews(image: Image, options: TwoViewsOptions, random: Random): TwoViews {
  checkImage('image', image);
  const { size, patchSize, policy = paperPolicy } = options;
  const first = drawView(image, policy.crop, policy.views[0], random);
  const second = drawView(image, policy.crop, policy.views[1], random);
  const pixels = (recipe: ViewRecipe) => normalizedView(image, recipe, size, policy.mean, policy.std);
  const positions = (recipe: ViewRecipe) => cropPositions(recipe.crop, size, patchSize, recipe.flip);
  return {
    views: [pixels(first), pixels(second)],
    positions: [positions(first), positions(second)],
    recipes: [first, second],
  };
}
