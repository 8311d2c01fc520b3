import { checkWhole } from '../checks.js';
import type { Grid } from '../upsample.js';

/** The one shape of input that a network is given, in training and inference, whatever the sizes of the images are. */
export interface CropBatch {
  /** Images per forward pass. */
  readonly batchSize: number;
  /** Side of an image in pixels. */
  readonly cropSize: number;
  /** Patches of one image. */
  readonly grid: Grid;
  /** N, their number. */
  readonly patches: number;
}

/** @throws Error if patches do not tile the crop or the batch is empty. */
export function cropBatch({
  cropSize,
  patchSize,
  batchSize,
}: {
  readonly cropSize: number;
  readonly patchSize: number;
  readonly batchSize: number;
}): CropBatch {
  const side = cropSize / patchSize;
  if (!Number.isInteger(side) || side < 1 || patchSize < 1) {
    throw new Error(`cropSize: got ${cropSize}, wanted a multiple of the patch size ${patchSize}`);
  }
  checkWhole('batchSize', batchSize);
  return { batchSize, cropSize, grid: { rows: side, columns: side }, patches: side * side };
}
