import type { Image } from './image.js';
import { applyTable } from './lookup.js';

/** Inverts every byte that is at least `threshold`. */
export function solarize(image: Image, threshold = 128): Image {
  return applyTable(
    image,
    Uint8Array.from({ length: 256 }, (_, v) => (v < threshold ? v : 255 - v)),
  );
}
