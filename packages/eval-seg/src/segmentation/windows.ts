import type { Size, Window } from './resize-window.js';

/**
 * The windows of mmsegmentation's sliding inference: `cropSize` pixels a side (less where the image is smaller), `stride` apart, the last
 * of every row and column moved back into the image. A single one where the crop covers the image.
 */
export function slidingWindows(size: Size, cropSize: number, stride: number): Window[] {
  const width = Math.min(cropSize, size.width);
  const height = Math.min(cropSize, size.height);
  return starts(size.height, cropSize, stride).flatMap((top) =>
    starts(size.width, cropSize, stride).map((left) => ({ left, top, width, height })),
  );
}

function starts(length: number, cropSize: number, stride: number): number[] {
  const last = Math.max(0, length - cropSize);
  return Array.from({ length: Math.ceil(last / stride) + 1 }, (_, i) => Math.min(i * stride, last));
}
