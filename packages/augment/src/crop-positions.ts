import type { Crop } from './crop.js';

/**
 * Where the patches of a resized crop lie in the original image (the positional cue of the joint clustering, App. B).
 *
 * The pixel coordinates inside the crop (whole numbers at pixel centres) are resampled to `size` x `size` by plain bicubic
 * interpolation (a = -0.75, no antialiasing, taps clamped to the crop), reversed along x where the view is flipped, and averaged
 * over each patch.
 *
 * @param size side of the view in pixels
 * @param patchSize side of a patch in pixels; must divide `size`
 * @param flip whether the view is mirrored
 * @returns `[N, 2]`: x and y of every patch in pixels of the original image, patches row by row, N = (size / patchSize)^2
 * @throws Error if `patchSize` does not divide `size`.
 */
export function cropPositions(crop: Crop, size: number, patchSize: number, flip = false): Float32Array {
  const side = size / patchSize;
  if (!Number.isInteger(side) || side < 1) {
    throw new Error(`patchSize: got ${patchSize}, wanted a divisor of the view size ${size}`);
  }
  const xs = patchMeans(resampledRamp(crop.width, size), patchSize);
  if (flip) xs.reverse();
  const ys = patchMeans(resampledRamp(crop.height, size), patchSize);
  const positions = new Float32Array(side * side * 2);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const n = (row * side + column) * 2;
      positions[n] = crop.left + xs[column]!;
      positions[n + 1] = crop.top + ys[row]!;
    }
  }
  return positions;
}

/** The ramp 0, 1, …, `input` - 1 resampled to `output` values. */
function resampledRamp(input: number, output: number): Float64Array {
  const scale = input / output;
  const ramp = new Float64Array(output);
  for (let o = 0; o < output; o++) {
    const source = (o + 0.5) * scale - 0.5;
    const base = Math.floor(source);
    let value = 0;
    for (let tap = -1; tap <= 2; tap++) {
      const clamped = Math.min(Math.max(base + tap, 0), input - 1);
      value += keys(source - base - tap) * clamped;
    }
    ramp[o] = value;
  }
  return ramp;
}

/** Keys' cubic kernel with a = -0.75, as used by PyTorch. */
function keys(x: number): number {
  const a = -0.75;
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return a * (((t - 5) * t + 8) * t - 4);
  return 0;
}

function patchMeans(values: Float64Array, patchSize: number): Float64Array {
  const means = new Float64Array(values.length / patchSize);
  for (let patch = 0; patch < means.length; patch++) {
    let sum = 0;
    for (let i = 0; i < patchSize; i++) sum += values[patch * patchSize + i]!;
    means[patch] = sum / patchSize;
  }
  return means;
}
