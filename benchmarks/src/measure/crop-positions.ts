import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Patch positions of two random crops of images of 640 × 480 pixels.
 *
 * @param side patches along a side of a view
 * @returns float32 `[2,B,side²,2]`: (x,y)
 */
export function cropPositions(rng: Generator, images: number, side: number): tf.Tensor4D {
  const crops = Array.from({ length: 2 * images }, () => cropGrid(rng, side));
  return tf.tensor4d(crops.flat(), [2, images, side * side, 2]);
}

function cropGrid(rng: Generator, side: number): number[] {
  const scale = rng.uniform(0.5, 1);
  const [left, top] = [rng.uniform(0, 640 * (1 - scale)), rng.uniform(0, 480 * (1 - scale))];
  return Array.from({ length: side * side }, (_, n) => [
    left + ((n % side) + 0.5) * ((640 * scale) / side),
    top + (Math.floor(n / side) + 0.5) * ((480 * scale) / side),
  ]).flat();
}
