import { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { MemoryBank } from '../src/index.js';

onBackends(['cpu', 'onnxruntime'], () => {
  describe('the slots of a staged batch', () => {
    it.each([2, 7])('are where a query finds its images afterwards, batches of %i', async (batch) => {
      const bank = new MemoryBank({ images: 5, objectsPerImage: 2, dim: 8, variant: 'paper', blockImages: 2 });
      const valid = tf.ones([batch, 2], 'bool');
      const rng = Generator.fromSeed(3);
      // Batches that wrap around the end of the bank are among these.
      for (let step = 0; step < 4; step++) {
        const objects = tf.sub(rng.uniformTensor([2, batch, 2, 8]), 0.5);
        const staged = bank.stage(objects, valid);
        staged.commit();
        const found = bank.query(objects, valid);
        const index = [...(await found.index.data())];
        const stored = Array.from(staged.slots, (slot, image) => [slot, image] as const).filter(([slot]) => slot >= 0);
        expect(stored).toHaveLength(Math.min(batch, 5));
        for (const [slot, image] of stored) {
          expect(index.slice(2 * image, 2 * image + 2)).toEqual([2 * slot, 2 * slot + 1]);
        }
        tf.dispose([objects, found as tf.TensorContainer]);
      }
      bank.dispose();
      valid.dispose();
    });
  });
});
