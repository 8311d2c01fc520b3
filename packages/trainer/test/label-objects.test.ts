import { MemoryBank } from '@cribo/memory-bank';
import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { labelObjects } from '../src/label-objects.js';
import { ObjectLabels } from '../src/oracle/object-labels.js';

onBackends(['cpu'], () => {
  it('tells whether the vectors that the bank returned belong to objects of the same class', async () => {
    const [images, objects, dim, batch] = [3, 2, 4, 2];
    const bank = new MemoryBank({ images, objectsPerImage: objects, dim, variant: 'paper', blockImages: 2 });
    const store = new ObjectLabels(images, objects);
    const rng = Generator.fromSeed(1);
    const valid = tf.ones([batch, objects], 'bool') as tf.Tensor2D;
    // Two patches per view, one for each object.
    const labels = tf.tensor2d([0, 1, 0, 1, 0, 1, 0, 1], [batch, 4], 'int32');
    const before = tf.memory().numTensors;
    // What the test knows: the class of every vector that was stored, by its numbers.
    const known = new Map<string, number>();
    const verdicts: number[] = [];
    // Batches of two in a bank of three: all but the first wrap around its end. One step is thrown away.
    for (let step = 0; step < 8; step++) {
      const vectors = tf.tidy(() => tf.sub(rng.uniformTensor([2, batch, objects, dim]), 0.5)) as tf.Tensor4D;
      const ofObjects = Array.from({ length: batch * objects }, (_, i) => (i * 7 + step * step) % 3);
      const ofPatches = [0, 1].flatMap((image) => [0, 1, 0, 1].map((object) => ofObjects[image * objects + object]!));
      const classes = tf.tensor2d(ofPatches, [batch, 4], 'int32');
      // As the training step asks: one list of objects, here the last ones of the batch first, one of them twice.
      const order = [3, 2, 1, 0, 3];
      const index = tf.tensor1d(order, 'int32');
      const retrieved = tf.tidy(() => {
        const listed = tf.gather(tf.reshape(vectors, [2, 1, batch * objects, dim]), index, 2);
        return bank.query(listed, tf.ones([1, order.length], 'bool'));
      });
      const update = bank.stage(vectors, valid);
      const labelled = (await labelObjects(store, { labels, valid }, { classes }, { index }, retrieved))!;

      for (const [view, found] of [retrieved.neighbours, retrieved.neighbours2].entries()) {
        const rows = (await found.array())[view]!.flat();
        const wanted = rows.map((row, i) => Number(known.get(row.join()) === ofObjects[order[i]!]));
        expect([...(await labelled.sameClass[view]!.data())]).toEqual(wanted);
        verdicts.push(...wanted);
      }
      if (step === 3) update.discard();
      else {
        update.commit();
        labelled.commit(update.slots);
        for (const view of await vectors.array()) {
          for (const [i, row] of view.flat().entries()) known.set(row.join(), ofObjects[i]!);
        }
      }
      tf.dispose([vectors, classes, index, retrieved, labelled.sameClass] as tf.TensorContainer);
    }
    expect(new Set(verdicts)).toEqual(new Set([0, 1]));
    expect(tf.memory().numTensors).toBe(before);
    bank.dispose();
    tf.dispose([valid, labels]);
  });

  it('is nothing where no labels are kept, and needs the classes of the batch where they are', async () => {
    const none = tf.zeros([1, 1]) as tf.Tensor2D;
    const at = { index: none, index2: none };
    const rows = { index: tf.zeros([1], 'int32') as tf.Tensor1D };
    const objects = { labels: none, valid: none };
    expect(await labelObjects(undefined, objects, {}, rows, at)).toBeUndefined();
    await expect(labelObjects(new ObjectLabels(1, 1), objects, {}, rows, at)).rejects.toThrow(
      'classes: got none, expected those of the batch (criterion labels)',
    );
    tf.dispose([none, rows.index]);
  });
});
