import { type Grid, type LinearTaps, linearTaps } from '../upsample.js';
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
    const horizontal = linearTaps(grid.columns, crop.width);
    const rows = new InterpolatedRows(logits, grid.columns * classes, linearTaps(grid.rows, crop.height));
    for (let y = 0; y < window.height; y++) {
      const row = rows.at(y);
      const start = (window.top + y) * size.width + window.left;
      for (let x = 0; x < window.width; x++) {
        const left = horizontal.low[x]! * classes;
        const right = horizontal.high[x]! * classes;
        const h = horizontal.weight[x]!;
        const target = (start + x) * classes;
        for (let c = 0; c < classes; c++) this.#sums[target + c]! += (1 - h) * row[left + c]! + h * row[right + c]!;
        this.#counts[start + x]!++;
      }
    }
  }

  /**
   * The best class of every pixel of the original image: the logits are resized bilinearly to it; the smallest id wins ties. To be
   * called once all windows are added.
   * @returns `[original.height, original.width]` class ids
   */
  labels(original: Size): Uint8Array {
    this.#average();
    return argmaxResized(this.#sums, this.size, original, this.classes);
  }

  /** Turns sums into means, in place: a copy for 171 classes would take hundreds of megabytes. */
  #average(): void {
    const { classes } = this;
    for (let pixel = 0; pixel < this.#counts.length; pixel++) {
      const count = this.#counts[pixel]!;
      if (count === 1) continue;
      for (let i = pixel * classes; i < (pixel + 1) * classes; i++) this.#sums[i]! /= count;
      this.#counts[pixel] = 1;
    }
  }
}

/** The argmax of `upsampleScores` without the scores of all pixels, which would be large. */
function argmaxResized(scores: Float32Array, from: Size, to: Size, classes: number): Uint8Array {
  const horizontal = linearTaps(from.width, to.width);
  const rows = new InterpolatedRows(scores, from.width * classes, linearTaps(from.height, to.height));
  const labels = new Uint8Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const row = rows.at(y);
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

/** Rows of source values at the height of target rows. Interpolating them first leaves two taps per target pixel, not four. */
class InterpolatedRows {
  readonly #row: Float64Array;

  /** @param length values in a row */
  constructor(
    readonly values: Float32Array,
    readonly length: number,
    readonly taps: LinearTaps,
  ) {
    this.#row = new Float64Array(length);
  }

  /** `[length]`, valid until the next call. */
  at(y: number): Float64Array {
    const { values, length, taps } = this;
    const top = taps.low[y]! * length;
    const bottom = taps.high[y]! * length;
    const weight = taps.weight[y]!;
    for (let i = 0; i < length; i++) this.#row[i] = (1 - weight) * values[top + i]! + weight * values[bottom + i]!;
    return this.#row;
  }
}
