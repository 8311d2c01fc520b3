import { IGNORE_LABEL, type LabelMask } from '../dataset.js';

/**
 * One label per patch by majority vote of its pixels (Sec. 4.1): void pixels (255) do not vote, the smallest class id
 * wins ties, and a patch is void only if all of its pixels are.
 * @returns `(height / patchSize) * (width / patchSize)` labels, row by row
 * @throws Error if the mask is not made of whole patches.
 */
export function patchLabels(mask: LabelMask, patchSize: number): Uint8Array {
  const rows = mask.height / patchSize;
  const columns = mask.width / patchSize;
  if (!Number.isInteger(rows) || !Number.isInteger(columns)) {
    throw new Error(
      `mask: got ${mask.width} x ${mask.height} pixels, wanted sides that are multiples of the patch size ${patchSize}`,
    );
  }
  const labels = new Uint8Array(rows * columns);
  const votes = new Uint32Array(256);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      votes.fill(0);
      for (let y = row * patchSize; y < (row + 1) * patchSize; y++) {
        const start = y * mask.width + column * patchSize;
        for (let p = start; p < start + patchSize; p++) votes[mask.data[p]!]!++;
      }
      labels[row * columns + column] = winner(votes);
    }
  }
  return labels;
}

function winner(votes: Uint32Array): number {
  let best = IGNORE_LABEL;
  let most = 0;
  for (let label = 0; label < IGNORE_LABEL; label++) {
    if (votes[label]! > most) {
      most = votes[label]!;
      best = label;
    }
  }
  return best;
}
