import { adjustBrightness } from './brightness.js';
import { adjustContrast } from './contrast.js';
import { gaussianBlur } from './gaussian-blur.js';
import { grayscale } from './grayscale.js';
import { hflip } from './hflip.js';
import { adjustHue } from './hue.js';
import type { Image } from './image.js';
import type { ViewStage } from './policy.js';
import { resizedCrop } from './resized-crop.js';
import { adjustSaturation } from './saturation.js';
import { solarize } from './solarize.js';
import type { ViewRecipe } from './view-recipe.js';

const adjustments = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
};

const stages: Record<ViewStage, (view: Image, recipe: ViewRecipe) => Image> = {
  colorJitter: (view, { jitter }) => jitter.reduce((image, { op, factor }) => adjustments[op](image, factor), view),
  grayscale: (view, recipe) => (recipe.grayscale ? grayscale(view) : view),
  blur: (view, { blurSigma }) => (blurSigma === null ? view : gaussianBlur(view, blurSigma)),
  solarize: (view, recipe) => (recipe.solarize === null ? view : solarize(view, recipe.solarize)),
};

/** Carries out a recipe by one function after the other: what the SIMD kernels must equal, and where they cannot run. */
export function viewByOps(image: Image, recipe: ViewRecipe, size: number): Image {
  let view = resizedCrop(image, recipe.crop, size);
  if (recipe.flip) view = hflip(view);
  for (const stage of recipe.order) view = stages[stage](view, recipe);
  return view;
}
