import type { View } from './view.js';

/** How much a unit of gradient counts against a unit of colour. */
const GRADIENT_WEIGHT = 2;

/**
 * Describes every patch of a view by five numbers: its mean red, green and blue, and how strongly brightness changes
 * across and down it. Any other patch features, such as those of a vision transformer, would take their place.
 */
export function patchFeatures({ size, pixels }: View, patchSize: number): number[][] {
  const side = size / patchSize;
  const brightness = (x: number, y: number) => {
    const at = 3 * (Math.min(y, size - 1) * size + Math.min(x, size - 1));
    return (pixels[at]! + pixels[at + 1]! + pixels[at + 2]!) / (3 * 255);
  };
  return Array.from({ length: side * side }, (_, patch) => {
    const sums = [0, 0, 0, 0, 0];
    for (let i = 0; i < patchSize * patchSize; i++) {
      const x = (patch % side) * patchSize + (i % patchSize);
      const y = Math.floor(patch / side) * patchSize + Math.floor(i / patchSize);
      for (let channel = 0; channel < 3; channel++) sums[channel]! += pixels[3 * (y * size + x) + channel]! / 255;
      sums[3]! += GRADIENT_WEIGHT * Math.abs(brightness(x + 1, y) - brightness(x, y));
      sums[4]! += GRADIENT_WEIGHT * Math.abs(brightness(x, y + 1) - brightness(x, y));
    }
    return sums.map((sum) => sum / (patchSize * patchSize));
  });
}

/** Subtracts the mean of all rows, so that cosines tell patches apart by how they differ from the average one. */
export function centred(rows: number[][]): number[][] {
  const mean = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  return rows.map((row) => row.map((value, i) => value - mean[i]!));
}
