import { emptyImage, type Image } from './image.js';
import { luma } from './luma.js';

/** The luma of every pixel in all three channels. */
export function grayscale(image: Image): Image {
  const result = emptyImage(image.width, image.height);
  const { data } = image;
  const target = result.data;
  for (let i = 0; i < data.length; i += 3) {
    const gray = luma(data[i]!, data[i + 1]!, data[i + 2]!);
    target[i] = gray;
    target[i + 1] = gray;
    target[i + 2] = gray;
  }
  return result;
}
