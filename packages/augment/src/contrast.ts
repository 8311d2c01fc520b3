import { blendTable } from './blend.js';
import type { Image } from './image.js';
import { applyTable } from './lookup.js';
import { luma } from './luma.js';

/** Blends from the image's mean luma: 0 gives a plain gray image, 1 the image itself, more a higher contrast. */
export function adjustContrast(image: Image, factor: number): Image {
  return applyTable(image, blendTable(meanLuma(image), factor));
}

/** Mean luma, rounded to the nearest byte. */
function meanLuma({ data }: Image): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i]!, data[i + 1]!, data[i + 2]!);
  return Math.trunc(sum / (data.length / 3) + 0.5);
}
