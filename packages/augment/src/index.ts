/**
 * Two augmented views of an image with the position of every patch in the original: the pixel operations of the CrIBo recipe,
 * equal to Pillow's in every pixel, on plain typed arrays. Runs in Node and in the browser; decoding files in Node is in
 * `@cribo/augment/node`.
 * @module
 */
export { applyView, normalizedView } from './apply-view.js';
export { applyViewToMask, type Mask } from './apply-view-to-mask.js';
export { adjustBrightness } from './brightness.js';
export { adjustContrast } from './contrast.js';
export type { Crop } from './crop.js';
export { cropPositions } from './crop-positions.js';
export { gaussianBlur } from './gaussian-blur.js';
export { grayscale } from './grayscale.js';
export { hflip } from './hflip.js';
export { adjustHue } from './hue.js';
export type { Image } from './image.js';
export { type Channels, imagenetMean, imagenetStd, normalize } from './normalize.js';
export {
  type AugmentPolicy,
  type CropPolicy,
  paperPolicy,
  type Range,
  type ViewPolicy,
  type ViewStage,
} from './policy.js';
export type { Random } from './random.js';
export { drawCrop } from './random-resized-crop.js';
export { resizedCrop } from './resized-crop.js';
export { adjustSaturation } from './saturation.js';
export { solarize } from './solarize.js';
export { type TwoViews, type TwoViewsOptions, twoViews } from './two-views.js';
export { drawView, type JitterStep, type ViewRecipe } from './view-recipe.js';
