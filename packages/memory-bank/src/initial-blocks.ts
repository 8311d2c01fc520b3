import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Block } from './block.js';
import type { BankLayout } from './options.js';
import { NOT_STORED } from './penalty.js';

// Everything here is made from host arrays. Were it computed, the first step of a backend that captures graphs would
// contain that computation and be unlike all others.

/** Blocks in which nothing is stored. */
export function emptyBlocks(layout: BankLayout): Block[] {
  const rowCount = layout.blockImages * layout.objectsPerImage;
  return Array.from({ length: layout.blockCount }, () => ({
    rows: tf.zeros([2, rowCount, layout.dim]),
    inverseNorms: tf.zeros([2, rowCount]),
    penalty: tf.tensor1d(new Float32Array(rowCount).fill(NOT_STORED)),
  }));
}

/** Blocks full of vectors uniform in [0,1)^d, each of them an object. */
export function randomBlocks(layout: BankLayout, rng: Generator): Block[] {
  return Array.from({ length: layout.blockCount }, (_, i) => randomBlock(layout, i, rng.split(i)));
}

function randomBlock({ images, objectsPerImage, dim, blockImages }: BankLayout, block: number, rng: Generator): Block {
  const rowCount = blockImages * objectsPerImage;
  const storedRows = Math.min(blockImages, images - block * blockImages) * objectsPerImage;
  const rows = new Float32Array(2 * rowCount * dim);
  const inverseNorms = new Float32Array(2 * rowCount);
  for (let view = 0; view < 2; view++) {
    for (let row = 0; row < storedRows; row++) {
      const start = (view * rowCount + row) * dim;
      let squares = 0;
      for (let i = start; i < start + dim; i++) {
        rows[i] = rng.uniform();
        squares += rows[i]! ** 2;
      }
      inverseNorms[view * rowCount + row] = 1 / Math.sqrt(squares);
    }
  }
  return {
    rows: tf.tensor3d(rows, [2, rowCount, dim]),
    inverseNorms: tf.tensor2d(inverseNorms, [2, rowCount]),
    penalty: tf.tensor1d(new Float32Array(rowCount).fill(NOT_STORED, storedRows)),
  };
}
