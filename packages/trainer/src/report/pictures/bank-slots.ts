/** What decides which image lies in which slot of a memory bank. */
export interface BankHistory {
  /** Steps done, those left out among them. */
  steps: number;
  /** Steps that were left out and so stored nothing, in ascending order. */
  skippedSteps: readonly number[];
  batchSize: number;
  /** S, the capacity of the bank in images. */
  bankImages: number;
}

/** A row of the batch of a step. */
export interface BatchRow {
  step: number;
  row: number;
}

/**
 * The step and the row of its batch whose objects lie in `slot`; undefined if none was written there (with `released` the
 * slot then holds random vectors). Every step that counts stores its batch, slots fill in ascending order and wrap around,
 * and the first image of a batch is written last.
 */
export function writerOfSlot(slot: number, history: BankHistory): BatchRow | undefined {
  const { steps, skippedSteps, batchSize, bankImages } = history;
  const perStep = Math.min(batchSize, bankImages);
  const written = (steps - skippedSteps.length) * perStep;
  const age = modulo(written - 1 - slot, bankImages);
  const place = written - 1 - age;
  if (place < 0) return undefined;
  const applied = Math.floor(place / perStep);
  return { step: nthApplied(applied, skippedSteps), row: perStep - 1 - (place % perStep) };
}

/** The number of the step that was the `n`-th (from 0) to count. */
function nthApplied(n: number, skippedSteps: readonly number[]): number {
  let step = n;
  for (const skipped of skippedSteps) if (skipped <= step) step++;
  return step;
}

const modulo = (a: number, b: number) => ((a % b) + b) % b;
