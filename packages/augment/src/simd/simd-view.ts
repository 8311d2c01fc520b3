import { type Box, boxOf } from '../gaussian-blur.js';
import type { Image } from '../image.js';
import { type Channels, normalizeTables } from '../normalize.js';
import type { JitterStep, ViewRecipe } from '../view-recipe.js';
import { Arena, roundUp } from './arena.js';
import { type Kernels, kernels } from './kernels.js';
import { prepareResize } from './simd-resize.js';

/** The kernels add the pixels of a box one by one, which running sums beat where the box is wide. */
const WIDEST_REACH = 16;

/** A finished view in the kernels' memory, which the next view overwrites. */
export interface SimdView {
  /** Interleaved RGB, `[size, size, 3]`. */
  bytes(): Uint8Array;
  /** Normalised, `[size, size, 3]`, written to `target` or to a new array. */
  normalized(mean: Channels, std: Channels, target?: Float32Array): Float32Array;
}

/**
 * Carries out a recipe by the SIMD kernels, with the same bytes as `viewByOps`; image, crop and size must have been checked.
 * @returns undefined where there are no kernels, or the view asks for more memory or a wider blur than they take
 * @throws Error if the blur's sigma is not a positive number
 */
export function simdView(image: Image, recipe: ViewRecipe, size: number): SimdView | undefined {
  const simd = kernels();
  if (simd === undefined) return undefined;
  const { crop, flip, jitter, grayscale, blurSigma, solarize, order } = recipe;
  const box = blurSigma === null ? null : boxOf(blurSigma);
  if (box !== null && box.reach > WIDEST_REACH) return undefined;

  const arena = new Arena();
  const stride = roundUp(size, 16);
  const plane = stride * size;
  const values = size * size * 3;
  const resize = prepareResize(image, crop, flip, size, stride, arena);
  const scratch = arena.place(2 * (stride + 2 * (WIDEST_REACH + 1)));
  let view = arena.place(3 * plane);
  let other = arena.place(3 * plane);
  const tables = arena.place(3 * 256 * 4);
  const output = arena.place(values * 4);
  if (!arena.fits) return undefined;
  arena.reserveIn(simd);

  resize(simd, view);
  for (const stage of order) {
    if (stage === 'colorJitter') for (const step of jitter) adjust(simd, step, view, stride, size);
    else if (stage === 'grayscale' && grayscale) simd.grayscale(view, plane);
    else if (stage === 'blur' && box !== null) {
      blur(simd, box, view, other, stride, size, scratch);
      [view, other] = [other, view];
    } else if (stage === 'solarize' && solarize !== null && solarize <= 255) {
      simd.solarize(view, 3 * plane, Math.max(0, Math.ceil(solarize)));
    }
  }

  const { buffer } = simd.memory;
  return {
    bytes() {
      simd.toBytes(view, plane, stride, size, size, output);
      return new Uint8Array(buffer, output, values).slice();
    },
    normalized(mean, std, target) {
      new Float32Array(buffer, tables, 3 * 256).set(normalizeTables(mean, std));
      simd.toFloats(view, plane, stride, size, size, tables, output);
      const result = new Float32Array(buffer, output, values);
      if (target === undefined) return result.slice();
      target.set(result);
      return target;
    },
  };
}

function adjust(simd: Kernels, { op, factor }: JitterStep, view: number, stride: number, size: number): void {
  const plane = stride * size;
  if (op === 'brightness') simd.blend(view, 3 * plane, 0, factor);
  else if (op === 'contrast') {
    const mean = Math.trunc(simd.lumaSum(view, plane, stride, size, size) / (size * size) + 0.5);
    simd.blend(view, 3 * plane, mean, factor);
  } else if (op === 'saturation') simd.saturation(view, plane, factor);
  else simd.hue(view, plane, Math.trunc(factor * 255) & 255);
}

/** Blurs `view` into `other`; both are overwritten. */
function blur(
  simd: Kernels,
  { reach, weight, edgeWeight }: Box,
  view: number,
  other: number,
  stride: number,
  size: number,
  scratch: number,
): void {
  const plane = stride * size;
  simd.blurRows(view, 3 * size, stride, size, scratch, reach, weight, edgeWeight);
  for (let channel = 0; channel < 3; channel++) {
    const [from, to] = [view + channel * plane, other + channel * plane];
    simd.blurColumns(from, to, stride, size, reach, weight, edgeWeight);
    simd.blurColumns(to, from, stride, size, reach, weight, edgeWeight);
    simd.blurColumns(from, to, stride, size, reach, weight, edgeWeight);
  }
}
