import { MemoryBank } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../../test-support/golden.js';
import { writerOfSlot } from '../src/report/pictures/bank-slots.js';

await useBackend('cpu');

const objectsPerImage = 2;
/** A vector whose direction tells step and row apart from all others. */
const marked = (step: number, row: number) => [
  Math.cos(step * 0.11),
  Math.sin(step * 0.11),
  Math.cos(row),
  Math.sin(row),
];

/** Runs `steps` steps on a real bank; those in `skippedSteps` store nothing. */
function bankAfter(steps: number, batchSize: number, bankImages: number, skippedSteps: number[]): MemoryBank {
  const bank = new MemoryBank({ images: bankImages, objectsPerImage, dim: 4, variant: 'paper', blockImages: 3 });
  for (let step = 0; step < steps; step++) {
    if (skippedSteps.includes(step)) continue;
    bank.push(...objectsOf(step, batchSize));
  }
  return bank;
}

/** Every image of a batch has its marked vector as object 1, and no valid object 0. */
function objectsOf(step: number, batchSize: number): [tf.Tensor, tf.Tensor] {
  const rows = Array.from({ length: batchSize }, (_, row) => [[0, 0, 0, 0], marked(step, row)]);
  return [
    tf.tensor([rows, rows]),
    tf.tensor(
      rows.map(() => [false, true]),
      undefined,
      'bool',
    ),
  ];
}

describe('writerOfSlot names the step and row that a real bank stored in a slot', () => {
  it.each([
    { title: 'a bank that is not full', steps: 2, batchSize: 4, bankImages: 11, skippedSteps: [] },
    { title: 'batches that straddle the end', steps: 9, batchSize: 4, bankImages: 11, skippedSteps: [] },
    { title: 'a bank filled exactly', steps: 6, batchSize: 3, bankImages: 9, skippedSteps: [] },
    {
      title: 'skipped steps, first and last among them',
      steps: 9,
      batchSize: 4,
      bankImages: 10,
      skippedSteps: [0, 3, 4, 8],
    },
    { title: 'a batch larger than the bank', steps: 3, batchSize: 8, bankImages: 5, skippedSteps: [1] },
  ])('$title', async ({ steps, batchSize, bankImages, skippedSteps }) => {
    const bank = bankAfter(steps, batchSize, bankImages, skippedSteps);
    const found = new Set<number>();
    for (let step = 0; step < steps; step++) {
      const { index, similarity } = bank.query(...objectsOf(step, batchSize));
      const [rows, cosines] = [await index.array(), await similarity.array()];
      for (let row = 0; row < batchSize; row++) {
        // Found itself, and no other image.
        if (cosines[row]![1]! < 1 - 1e-6) continue;
        const slot = Math.floor(rows[row]![1]! / objectsPerImage);
        found.add(slot);
        expect(writerOfSlot(slot, { steps, skippedSteps, batchSize, bankImages })).toEqual({ step, row });
      }
    }
    expect(found.size).toBe(bank.storedImages);
    bank.dispose();
  });

  it('nothing is named where nothing was written', () => {
    const history = { steps: 3, skippedSteps: [1], batchSize: 4, bankImages: 11 };
    expect(writerOfSlot(7, history)).toEqual({ step: 2, row: 0 });
    expect(writerOfSlot(8, history)).toBeUndefined();
  });
});
