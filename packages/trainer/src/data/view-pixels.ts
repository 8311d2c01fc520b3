import { type AugmentPolicy, applyView, type Image, normalize, type ViewRecipe } from '@cribo/augment';

/** One image and what was drawn for its two views. Plain data, so it can cross threads. */
export interface ViewTask {
  image: Image;
  recipes: readonly [ViewRecipe, ViewRecipe];
  /** Side of a view in pixels. */
  viewSize: number;
  mean: AugmentPolicy['mean'];
  std: AugmentPolicy['std'];
}

/** The normalised pixels of both views, [2, size, size, 3]. No chance is involved: every thread gives the same. */
export function viewPixels({ image, recipes, viewSize, mean, std }: ViewTask): Float32Array {
  const [first, second] = recipes.map((recipe) => normalize(applyView(image, recipe, viewSize), mean, std));
  const pixels = new Float32Array(2 * first!.length);
  pixels.set(first!);
  pixels.set(second!, first!.length);
  return pixels;
}
