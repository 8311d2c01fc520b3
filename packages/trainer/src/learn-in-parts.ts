import * as tf from '@tensorflow/tfjs-core';
import { type Batch, partOfBatch } from './batch.js';
import type { Learned } from './learn.js';

/**
 * Accumulates gradients: learns from equal parts of a batch one after another, as that many devices would side by side.
 * Gradients and losses are the mean over the parts; all parts search the bank as it was before the batch.
 *
 * @param of learns from one part; the part's number is absent where the batch is not split
 */
export async function learnInParts(
  parts: number,
  batch: Batch,
  of: (part: Batch, i?: number) => Promise<Learned>,
): Promise<Learned> {
  if (parts === 1) return of(batch);
  let sum: Learned | undefined;
  for (let i = 0; i < parts; i++) {
    const part = partOfBatch(batch, i, parts);
    const learned = await of(part, i);
    tf.dispose({ ...part });
    sum = sum ? combined(sum, learned, 1 / (i + 1)) : learned;
    // What is recorded now would otherwise run, and need its memory, together with the next part.
    await sum.meanLogits.global.data();
  }
  return sum!;
}

/** The parts so far and one more, whose share of a mean is `share`. Disposes of what it replaces. */
function combined(sum: Learned, part: Learned, share: number): Learned {
  const objects = sum.measured.objects + part.measured.objects;
  const mean = (a: number, b: number) => a * (1 - share) + b * share;
  const of = (name: 'lossGlobal' | 'lossObject' | 'lossCrossImage') => mean(sum.measured[name], part.measured[name]);
  const images = sum.stored.valid.shape[0]!;
  const { commitLabels } = part;
  const next: Learned = {
    gradients: Object.fromEntries(
      Object.keys(part.gradients).map((name) => [name, blend(sum.gradients[name]!, part.gradients[name]!, share)]),
    ),
    measured: {
      lossGlobal: of('lossGlobal'),
      lossObject: of('lossObject'),
      lossCrossImage: of('lossCrossImage'),
      objects,
      cycles: sum.measured.cycles + part.measured.cycles,
    },
    stored: {
      objects: tf.concat([sum.stored.objects, part.stored.objects], 1),
      valid: tf.concat([sum.stored.valid, part.stored.valid]),
    },
    meanLogits: {
      global: blend(sum.meanLogits.global, part.meanLogits.global, share),
      object: blend(sum.meanLogits.object, part.meanLogits.object, part.measured.objects / Math.max(1, objects)),
    },
    commitLabels:
      commitLabels &&
      ((slots) => {
        sum.commitLabels!(slots.subarray(0, images));
        commitLabels(slots.subarray(images));
      }),
  };
  for (const { gradients, stored, meanLogits } of [sum, part]) {
    tf.dispose([gradients, stored, meanLogits] as tf.TensorContainer);
  }
  return next;
}

const blend = <T extends tf.Tensor>(a: T, b: T, share: number): T =>
  tf.tidy(() => tf.add(tf.mul(a, 1 - share), tf.mul(b, share)));
