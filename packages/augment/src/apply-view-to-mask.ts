import { checkCrop, checkSize } from './crop.js';
import type { ViewRecipe } from './view-recipe.js';

/** A label per pixel: `data` holds `height * width` numbers, row by row. */
export interface Mask<Labels extends Uint8Array | Uint16Array = Uint8Array | Uint16Array> {
  readonly width: number;
  readonly height: number;
  readonly data: Labels;
}

/**
 * The labels of a view's pixels: the recipe's crop, resized to `size` x `size` by taking the nearest pixel, and its flip.
 * Equals `image.crop(...).resize(..., NEAREST)` of Pillow, hence torchvision's `resized_crop`, in every label.
 * @throws Error if the mask's data does not fit its size, the crop is not inside it, or `size` is not a positive whole
 * number.
 */
export function applyViewToMask<Labels extends Uint8Array | Uint16Array>(
  mask: Mask<Labels>,
  { crop, flip }: Pick<ViewRecipe, 'crop' | 'flip'>,
  size: number,
): Mask<Labels> {
  const { width, height, data } = mask;
  if (data.length !== width * height) {
    throw new Error(`mask: got ${data.length} labels for ${width} x ${height} pixels, wanted ${width * height}`);
  }
  checkCrop(crop, mask);
  checkSize(size);
  const isByte = data.BYTES_PER_ELEMENT === 1;
  const nearest = isByte ? nearestBySum : nearestByProduct;
  const columns = nearest(crop.width, size);
  if (flip) columns.reverse();
  const rows = nearest(crop.height, size);
  const labels = (isByte ? new Uint8Array(size * size) : new Uint16Array(size * size)) as Labels;
  for (let y = 0; y < size; y++) {
    const from = (crop.top + rows[y]!) * width + crop.left;
    for (let x = 0; x < size; x++) labels[y * size + x] = data[from + columns[x]!]!;
  }
  return { width: size, height: size, data: labels };
}

// The pixel under the centre of every output pixel. Where the centre falls on the border of two, rounding decides, so the
// centres are computed as Pillow does it, which has one way for images of 8 bits and another one for 16 bits.

function nearestBySum(input: number, output: number): Int32Array {
  const step = input / output;
  const pixels = new Int32Array(output);
  for (let o = 0, centre = step * 0.5; o < output; o++, centre += step) pixels[o] = Math.trunc(centre);
  return pixels;
}

function nearestByProduct(input: number, output: number): Int32Array {
  const step = input / output;
  return Int32Array.from({ length: output }, (_, o) => Math.trunc(step * (o + 0.5)));
}
