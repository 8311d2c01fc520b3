import { type Image, normalize, resizedCrop } from '@cribo/augment';

/**
 * An image as DINO's k-NN evaluation shows it to the network: the shorter side resized to 256/224 of `size` (bicubic, antialiased), the
 * square of `size` pixels in the middle cut out, and normalised by the ImageNet statistics.
 * @returns `[size, size, 3]`, row-major
 */
export function centerInput(image: Image, size: number): Float32Array {
  return normalize(centerCrop(resizedToShorterSide(image, Math.round((size * 256) / 224)), size));
}

/** torchvision's `Resize`: the longer side is rounded down. */
export function resizedToShorterSide(image: Image, side: number): Image {
  const { width, height } = image;
  const long = Math.floor((side * Math.max(width, height)) / Math.min(width, height));
  const size = width < height ? { width: side, height: long } : { width: long, height: side };
  return resizedCrop(image, { top: 0, left: 0, width, height }, size);
}

/** torchvision's `CenterCrop` of an image that is not smaller. */
export function centerCrop(image: Image, size: number): Image {
  const [top, left] = [halved(image.height - size), halved(image.width - size)];
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + size * 3), y * size * 3);
  }
  return { width: size, height: size, data };
}

/** Half of a whole number, rounded to the even neighbour as Python does. */
const halved = (value: number) => (value % 4 === 3 ? (value + 1) / 2 : Math.floor(value / 2));
