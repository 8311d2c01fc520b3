import { blendTable } from './blend.js';
import type { Image } from './image.js';
import { applyTable } from './lookup.js';

/** Blends from black: 0 gives a black image, 1 the image itself, more a brighter one. */
export function adjustBrightness(image: Image, factor: number): Image {
  return applyTable(image, blendTable(0, factor));
}
