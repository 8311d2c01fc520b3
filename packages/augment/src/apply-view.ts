import { checkCrop, checkSize } from './crop.js';
import { checkImage, type Image } from './image.js';
import { type Channels, imagenetMean, imagenetStd, normalize } from './normalize.js';
import { simdView } from './simd/simd-view.js';
import { viewByOps } from './view-by-ops.js';
import type { ViewRecipe } from './view-recipe.js';

/**
 * Carries out a recipe: the view of `size` x `size` pixels, before normalisation. Runs in WebAssembly where its SIMD
 * instructions are at hand, and gives the same bytes everywhere.
 * @throws Error if the image's data does not fit its size, the crop is not inside it, or `size` is not a positive whole
 * number.
 */
export function applyView(image: Image, recipe: ViewRecipe, size: number): Image {
  check(image, recipe, size);
  const view = simdView(image, recipe, size);
  return view === undefined ? viewByOps(image, recipe, size) : { width: size, height: size, data: view.bytes() };
}

/**
 * `normalize(applyView(image, recipe, size), mean, std)` without the image between the two.
 * @param target where the result goes, `size * size * 3` values; absent, a new array
 * @returns `[size, size, 3]`, row-major.
 * @throws Error as `applyView`, and if `target` has another length.
 */
export function normalizedView(
  image: Image,
  recipe: ViewRecipe,
  size: number,
  mean: Channels = imagenetMean,
  std: Channels = imagenetStd,
  target?: Float32Array,
): Float32Array {
  check(image, recipe, size);
  if (target !== undefined && target.length !== size * size * 3) {
    throw new Error(`target: got ${target.length} values, wanted ${size * size * 3} (${size} x ${size} RGB)`);
  }
  const view = simdView(image, recipe, size);
  if (view !== undefined) return view.normalized(mean, std, target);
  const result = normalize(viewByOps(image, recipe, size), mean, std);
  if (target === undefined) return result;
  target.set(result);
  return target;
}

function check(image: Image, { crop }: ViewRecipe, size: number): void {
  checkImage('image', image);
  checkCrop(crop, image);
  checkSize(size);
}
