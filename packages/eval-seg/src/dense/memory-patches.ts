import type { FeatureRows } from '../search/feature-rows.js';
import type { Grid } from '../upsample.js';

/** Labelled patches to retrieve from: all patches of a data set (`PatchFeatures`), or a sample of those of several views. */
export interface MemoryPatches extends FeatureRows {
  /** `[rows]` class ids; 255 where all pixels are void. */
  readonly labels: Uint8Array;
  readonly images: number;
  /** Views of every image; default 1. View 0 is the image as it is. */
  readonly views?: number;
  /** Patches of one view. */
  readonly grid: Grid;
  /**
   * `[rows]` ascending: `(image * views + view) * patches + patch`, for the memory that holds only some patches; absent, row
   * and number are the same.
   */
  readonly patchNumbers?: Uint32Array;
  /** The `id` of every view (`image * views + view`), where it is known. */
  readonly ids?: readonly string[];
}

/** Where a patch lies. */
export interface PatchPlace {
  readonly image: number;
  /** View of the image; 0 is the image as it is. */
  readonly view: number;
  readonly row: number;
  readonly column: number;
}

/** The patch that memory row `row` holds. */
export function placeOf(memory: MemoryPatches, row: number): PatchPlace {
  const { views = 1, grid, patchNumbers } = memory;
  const patches = grid.rows * grid.columns;
  const number = patchNumbers?.[row] ?? row;
  const item = Math.floor(number / patches);
  const patch = number % patches;
  return {
    image: Math.floor(item / views),
    view: item % views,
    row: Math.floor(patch / grid.columns),
    column: patch % grid.columns,
  };
}

/** @throws Error naming what does not fit together. */
export function checkMemory({ rows, labels, images, views = 1, grid, patchNumbers }: MemoryPatches): void {
  if (labels.length !== rows)
    throw new Error(`memory.labels: got ${labels.length} labels, wanted ${rows}, one per row`);
  const patches = images * views * grid.rows * grid.columns;
  if (patchNumbers === undefined && rows !== patches) {
    throw new Error(`memory: got ${rows} rows, wanted ${patches} (${images} images, ${views} views), or patchNumbers`);
  }
  if (patchNumbers !== undefined && patchNumbers.length !== rows) {
    throw new Error(`memory.patchNumbers: got ${patchNumbers.length} numbers, wanted ${rows}, one per row`);
  }
}
