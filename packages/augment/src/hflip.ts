import { emptyImage, type Image } from './image.js';

/** The image with its columns in reverse order. */
export function hflip(image: Image): Image {
  const { width, height, data } = image;
  const result = emptyImage(width, height);
  const target = result.data;
  for (let y = 0; y < height; y++) {
    let from = ((y + 1) * width - 1) * 3;
    let to = y * width * 3;
    for (let x = 0; x < width; x++, from -= 3, to += 3) {
      target[to] = data[from]!;
      target[to + 1] = data[from + 1]!;
      target[to + 2] = data[from + 2]!;
    }
  }
  return result;
}
