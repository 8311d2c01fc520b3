import type { Retrieval } from '@cribo/memory-bank';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import type { ObjectRows } from './compact-objects.js';
import { majorityClasses, type ObjectLabels } from './oracle/object-labels.js';
import type { PairMasks } from './positive-pairs.js';

/** What the labels say about the objects of a batch and their neighbours. */
export interface LabelledObjects {
  /** The neighbour found is of the object's class; these tensors belong to the caller. */
  sameClass: PairMasks;
  /** Stores the classes of the objects at the slots where the bank stores the images. */
  commit(slots: Int32Array): void;
}

/**
 * Looks up the classes of the objects of a batch and of their neighbours, where a store of labels is kept (Table 11). Reads
 * from the device, and so follows the read of the step that it does anyway.
 *
 * @param rows the objects that looked for neighbours
 * @param retrieved `[1,R]`: what they found
 */
export async function labelObjects(
  store: ObjectLabels | undefined,
  { labels, valid }: { labels: tf.Tensor2D; valid: tf.Tensor2D },
  batch: Pick<Batch, 'classes'>,
  rows: Pick<ObjectRows, 'index'>,
  retrieved: Pick<Retrieval, 'index' | 'index2'>,
): Promise<LabelledObjects | undefined> {
  if (store === undefined) return undefined;
  if (batch.classes === undefined) throw new Error('classes: got none, expected those of the batch (criterion labels)');
  const [images, clusters] = valid.shape;
  const objects = await labels.data();
  const classes = majorityClasses(objects, await batch.classes.data(), objects.length / images, clusters);
  const ofRows = Uint8Array.from(await rows.index.data(), (row) => classes[row]!);
  const found = [await retrieved.index.data(), await retrieved.index2.data()] as const;
  const [first, second] = found.map((places) =>
    tf.tensor2d(store.sameClass(places, ofRows), [1, ofRows.length], 'bool'),
  );
  return { sameClass: [first!, second!], commit: (slots) => store.write(slots, classes) };
}
