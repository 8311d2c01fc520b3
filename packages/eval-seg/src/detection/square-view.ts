import { hflip, type Image, normalize, resizedCrop } from '@cribo/augment';
import type { Generator } from '@cribo/tensor';
import type { BoxedObject } from './detection-dataset.js';
import type { TargetObject } from './match-objects.js';

/** What of an image the network is shown. */
export interface ViewRecipe {
  /** Part of the image, in whole pixels. */
  readonly crop: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly flip: boolean;
  /** The longer side of the part in shares of the side of the square. */
  readonly scale: number;
}

/** DETR's augmentation; lengths in pixels are those of an evaluation in which the shorter side has 800. */
export const detectionAugmentation = {
  flip: 0.5,
  /** The image is resized to one of these, 16 apart, of 800. */
  sizes: [480, 800],
  /** Probability of a crop before. */
  crop: 0.5,
  /** The shorter side at which the crop is taken: one of these. */
  cropSizes: [400, 500, 600],
  /** Range of width and height of the crop. */
  cropRange: [384, 600],
} as const;

/** The whole image as large as the square allows: how images are evaluated. */
export function wholeView({ width, height }: Pick<Image, 'width' | 'height'>): ViewRecipe {
  return { crop: { left: 0, top: 0, width, height }, flip: false, scale: 1 };
}

/**
 * Draws a view to train on: flipped in half of the cases, a crop in half of them, resized to between 60 % and all of the square. The
 * distribution of crops is DETR's; without its resizing in between, the pixels are resampled once only.
 */
export function drawView(image: Pick<Image, 'width' | 'height'>, rng: Generator): ViewRecipe {
  const { flip, sizes, crop, cropSizes, cropRange } = detectionAugmentation;
  const flipped = rng.bernoulli(flip);
  const part = rng.bernoulli(crop) ? drawPart(image, cropSizes[rng.int(cropSizes.length)]!, cropRange, rng) : undefined;
  const steps = (sizes[1] - sizes[0]) / 16 + 1;
  const scale = (sizes[0] + 16 * rng.int(steps)) / sizes[1];
  return { crop: part ?? wholeView(image).crop, flip: flipped, scale };
}

function drawPart(
  { width, height }: Pick<Image, 'width' | 'height'>,
  shorter: number,
  [least, most]: readonly [number, number],
  rng: Generator,
): ViewRecipe['crop'] {
  const unit = Math.min(width, height) / shorter;
  const length = (side: number) => {
    const drawn = Math.round(rng.uniform(least * unit, Math.min(side, most * unit)));
    return Math.max(1, Math.min(side, drawn));
  };
  const [w, h] = [length(width), length(height)];
  return { left: rng.int(width - w + 1), top: rng.int(height - h + 1), width: w, height: h };
}

/** A view in the upper left corner of a square, and the objects in it. */
export interface SquareView {
  /** `[size, size, 3]`, normalised by the ImageNet statistics; 0 outside of the view. */
  readonly image: Float32Array;
  /** Boxes in shares of the square, cut at the border of the crop; objects of which nothing is left are gone. */
  readonly objects: TargetObject[];
  /** Pixels of the square for one pixel of the image, along both axes. */
  readonly zoom: readonly [x: number, y: number];
}

/** Carries out a recipe. @param size side of the square in pixels */
export function squareView(
  image: Image,
  objects: readonly BoxedObject[],
  recipe: ViewRecipe,
  size: number,
): SquareView {
  const { crop, flip, scale } = recipe;
  const longer = Math.max(crop.width, crop.height);
  const side = (length: number) => Math.max(1, Math.round((length * scale * size) / longer));
  const resized = resizedCrop(image, crop, { width: side(crop.width), height: side(crop.height) });
  const pixels = normalize(flip ? hflip(resized) : resized);
  const data = new Float32Array(size * size * 3);
  const row = resized.width * 3;
  for (let y = 0; y < resized.height; y++) data.set(pixels.subarray(y * row, (y + 1) * row), y * size * 3);
  const zoom = [resized.width / crop.width, resized.height / crop.height] as const;
  return { image: data, objects: objects.flatMap((object) => inView(object, recipe, zoom, size)), zoom };
}

function inView(
  { label, box }: BoxedObject,
  { crop, flip }: ViewRecipe,
  zoom: readonly [number, number],
  size: number,
): TargetObject[] {
  const [x, y, width, height] = box;
  const [left, right] = [Math.max(0, x - crop.left), Math.min(crop.width, x + width - crop.left)];
  const [top, bottom] = [Math.max(0, y - crop.top), Math.min(crop.height, y + height - crop.top)];
  if (right <= left || bottom <= top) return [];
  const center = (left + right) / 2;
  const share = (length: number, axis: 0 | 1) => (length * zoom[axis]) / size;
  const cx = share(flip ? crop.width - center : center, 0);
  const cy = share((top + bottom) / 2, 1);
  return [{ label, box: [cx, cy, share(right - left, 0), share(bottom - top, 1)] }];
}
