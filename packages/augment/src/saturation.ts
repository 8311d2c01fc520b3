import { blend } from './blend.js';
import { emptyImage, type Image } from './image.js';
import { luma } from './luma.js';

/** Blends every pixel from its own luma: 0 gives a grayscale image, 1 the image itself, more stronger colours. */
export function adjustSaturation(image: Image, factor: number): Image {
  const result = emptyImage(image.width, image.height);
  const { data } = image;
  const target = result.data;
  const rounded = Math.fround(factor);
  for (let i = 0; i < data.length; i += 3) {
    const gray = luma(data[i]!, data[i + 1]!, data[i + 2]!);
    target[i] = blend(gray, data[i]!, rounded);
    target[i + 1] = blend(gray, data[i + 1]!, rounded);
    target[i + 2] = blend(gray, data[i + 2]!, rounded);
  }
  return result;
}
