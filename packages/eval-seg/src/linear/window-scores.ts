import { type Grid, linearTaps, upsampleScores } from '../upsample.js';
import type { Size, Window } from './resize-window.js';

/** Class logits of an image put together from those of its windows: the mean where windows overlap. */
export class WindowScores {
  /** `[height, width, classes]`, sums over the windows. */
  readonly #sums: Float32Array;
  /** `[height, width]` windows over every pixel. */
  readonly #counts: Uint16Array;

  /** @param size of the resized image that the windows lie in */
  constructor(
    readonly size: Size,
    readonly classes: number,
  ) {
    this.#sums = new Float32Array(size.width * size.height * classes);
    this.#counts = new Uint16Array(size.width * size.height);
  }

  /**
   * Adds the logits of one window, upsampled to its pixels.
   * @param logits `[rows, columns, classes]` of the patches of `crop`
   * @param crop pixels that the network has seen; the window is their upper left part, the rest was padding
   */
  add(window: Window, logits: Float32Array, grid: Grid, crop: Size): void {
    const { classes, size } = this;
    const pixels = upsampleScores(logits, grid, { rows: crop.height, columns: crop.width }, classes);
    for (let y = 0; y < window.height; y++) {
      const target = (window.top + y) * size.width + window.left;
      for (let x = 0; x < window.width; x++) this.#counts[target + x]!++;
      const from = y * crop.width * classes;
      for (let i = 0; i < window.width * classes; i++) this.#sums[target * classes + i]! += pixels[from + i]!;
    }
  }

  /**
   * The best class of every pixel of the original image: the logits are resized bilinearly to it; the smallest id wins ties.
   * @returns `[original.height, original.width]` class ids
   */
  labels(original: Size): Uint8Array {
    const { classes, size } = this;
    const means = new Float32Array(this.#sums.length);
    for (let pixel = 0; pixel < this.#counts.length; pixel++) {
      const count = this.#counts[pixel]!;
      for (let i = pixel * classes; i < (pixel + 1) * classes; i++) means[i] = this.#sums[i]! / count;
    }
    return argmaxResized(means, size, original, classes);
  }
}

/** The argmax of `upsampleScores` without the scores of all pixels, which would be large. */
function argmaxResized(scores: Float32Array, from: Size, to: Size, classes: number): Uint8Array {
  const vertical = linearTaps(from.height, to.height);
  const horizontal = linearTaps(from.width, to.width);
  const labels = new Uint8Array(to.width * to.height);
  const stride = from.width * classes;
  /** The source at the height of one target row. */
  const row = new Float64Array(stride);
  for (let y = 0; y < to.height; y++) {
    const top = vertical.low[y]! * stride;
    const bottom = vertical.high[y]! * stride;
    const v = vertical.weight[y]!;
    for (let i = 0; i < stride; i++) row[i] = (1 - v) * scores[top + i]! + v * scores[bottom + i]!;
    for (let x = 0; x < to.width; x++) {
      const left = horizontal.low[x]! * classes;
      const right = horizontal.high[x]! * classes;
      const h = horizontal.weight[x]!;
      let best = 0;
      let highest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) {
        const score = (1 - h) * row[left + c]! + h * row[right + c]!;
        if (score > highest) {
          highest = score;
          best = c;
        }
      }
      labels[y * to.width + x] = best;
    }
  }
  return labels;
}
