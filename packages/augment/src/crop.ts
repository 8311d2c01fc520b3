import type { Image } from './image.js';

/** A rectangle of whole pixels inside an image. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Checks that a crop is made of whole pixels and lies inside the image.
 * @throws Error naming the crop and the image size.
 */
export function checkCrop(crop: Crop, image: Pick<Image, 'width' | 'height'>): void {
  const { top, left, height, width } = crop;
  const whole = [top, left, height, width].every(Number.isInteger);
  const inside = top >= 0 && left >= 0 && top + height <= image.height && left + width <= image.width;
  if (!whole || height < 1 || width < 1 || !inside) {
    throw new Error(
      `crop: got top ${top}, left ${left}, height ${height}, width ${width}, wanted a rectangle of whole pixels inside ${image.width} x ${image.height}`,
    );
  }
}

/** Checks the side of a view. @throws Error unless it is a positive whole number. */
export function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new Error(`size: got ${size}, wanted a positive whole number of pixels`);
  }
}
