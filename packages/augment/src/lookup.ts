import { emptyImage, type Image } from './image.js';

/** The image with every byte replaced by its entry in a table of 256 bytes. */
export function applyTable(image: Image, table: Uint8Array): Image {
  const result = emptyImage(image.width, image.height);
  const { data } = image;
  const target = result.data;
  for (let i = 0; i < data.length; i++) target[i] = table[data[i]!]!;
  return result;
}
