import type { Retrieval } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import { type BatchRow, writerOfSlot } from './bank-slots.js';
import { type SeenObjects, seeObjects } from './see-objects.js';
import type { Teacher } from './teacher.js';
import type { ViewSource } from './view-source.js';

/** An object and its nearest neighbour in the memory bank (Eq. 2). */
export interface Match {
  /** Row of the batch, the view (0 or 1) and the object in it. */
  query: { row: number; view: 0 | 1; object: number };
  /** Cosine of the object and its neighbour. */
  similarity: number;
  /** Whether the neighbour leads back to the object (Eq. 4). */
  consistent: boolean;
  /** Where the neighbour's image was trained on. */
  origin: BatchRow;
  /** `[d]`: the neighbour as the bank stores it. */
  vector: Float32Array;
}

/** All matches of the valid objects of a batch whose images are known, row by row. */
export async function findMatches(teacher: Teacher, { objects, valid }: SeenObjects): Promise<Match[]> {
  const { info, bank } = teacher;
  const history = {
    steps: info.step,
    skippedSteps: info.skippedSteps ?? [],
    batchSize: info.config.training.batchSize,
    bankImages: info.config.bank.images,
  };
  const found = bank.query(objects, valid);
  const [first, second] = await Promise.all([readView(found, 0), readView(found, 1)]);
  tf.dispose(found as tf.TensorContainer);
  const [rows, count] = valid.shape;
  const matches: Match[] = [];
  for (let row = 0; row < rows; row++) {
    for (const [view, { index, similarity, consistent, vectors }] of [first, second].entries()) {
      for (let object = 0; object < count; object++) {
        const i = row * count + object;
        const origin = index[i]! < 0 ? undefined : writerOfSlot(Math.floor(index[i]! / count), history);
        if (origin === undefined) continue;
        const dim = vectors.length / (rows * count);
        matches.push({
          query: { row, view: view as 0 | 1, object },
          similarity: similarity[i]!,
          consistent: consistent[i] === 1,
          origin,
          vector: vectors.slice(i * dim, (i + 1) * dim),
        });
      }
    }
  }
  return matches;
}

/** What a query found for the objects of one view. */
async function readView(found: Retrieval, view: 0 | 1) {
  const [index, similarity, mask] =
    view === 0 ? [found.index, found.similarity, found.mask] : [found.index2, found.similarity2, found.mask2];
  const own = tf.tidy(() => tf.unstack(view === 0 ? found.neighbours : found.neighbours2)[view]!);
  try {
    return {
      index: (await index.data()) as Int32Array,
      similarity: (await similarity.data()) as Float32Array,
      consistent: (await mask.data()) as Uint8Array,
      vectors: (await own.data()) as Float32Array,
    };
  } finally {
    own.dispose();
  }
}

/** A match's neighbour, seen again in its image. */
export interface Neighbour {
  file: string;
  /** `[size, size, 3]` normalised: the view that was trained on. */
  view: Float32Array;
  /** Cluster of every patch of the view. */
  labels: number[];
  /** The cluster whose vector is closest to the stored one. */
  object: number;
  /** Cosine of the two. Below 1 because the teacher has changed since it stored the vector. */
  agreement: number;
}

/** Makes the view again in which a neighbour was stored, and finds the stored object in it. */
export async function seeNeighbour(teacher: Teacher, source: ViewSource, match: Match): Promise<Neighbour> {
  const { origin, vector } = match;
  const { view } = match.query;
  const loaded = await source.rows(origin.step, [origin.row]);
  const seen = seeObjects(teacher, origin.step, [origin.row], loaded);
  const objects = (await seen.objects.data()) as Float32Array;
  const labels = (await seen.labels.data()) as Int32Array;
  tf.dispose(seen);
  const dim = vector.length;
  const count = objects.length / 2 / dim;
  const cosines = Array.from({ length: count }, (_, object) => {
    const start = (view * count + object) * dim;
    return cosine(objects.subarray(start, start + dim), vector);
  });
  const agreement = Math.max(...cosines);
  const pixels = loaded.views.length / 2;
  return {
    file: loaded.files[0]!,
    view: loaded.views.slice(view * pixels, (view + 1) * pixels),
    labels: ofView(labels, view),
    object: cosines.indexOf(agreement),
    agreement,
  };
}

/** The half of the labels `[2N]` of an image that belongs to a view. */
export function ofView(labels: Int32Array, view: 0 | 1): number[] {
  const patches = labels.length / 2;
  return [...labels.subarray(view * patches, (view + 1) * patches)];
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    lengthA += a[i]! ** 2;
    lengthB += b[i]! ** 2;
  }
  return product / Math.max(Math.sqrt(lengthA * lengthB), 1e-12);
}
