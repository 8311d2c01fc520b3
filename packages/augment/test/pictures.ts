import type { Image, Random } from '../src/index.js';

/** An image whose bytes follow from its size alone: smooth ramps with some texture. */
export function picture(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      data[at] = (x * 255) / width;
      data[at + 1] = (y * 255) / height;
      data[at + 2] = (x * 37 + y * 91 + ((x * y) % 17) * 9) & 255;
    }
  }
  return { width, height, data };
}

/** An image of one colour. */
export function plain(width: number, height: number, colour: readonly [number, number, number]): Image {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, at) => colour[at % 3]!) };
}

/** Draws that always come out the same: `share` of the way between the bounds, events that are possible happen. */
export function fixedRandom(share: number): Random {
  return {
    uniform: (low, high) => low + share * (high - low),
    int: (n) => Math.min(n - 1, Math.floor(share * n)),
    bernoulli: (probability) => probability > 0,
    permutation: (n) => Array.from({ length: n }, (_, i) => i),
  };
}
