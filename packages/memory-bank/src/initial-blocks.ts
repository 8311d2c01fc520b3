import type { Generator } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Block } from './block.js';
import { inverseNormsOf } from './inverse-norms.js';
import type { BankLayout } from './options.js';
import { NOT_STORED } from './penalty.js';
import { numbersStored, storedFromHost } from './storage.js';

// Everything here is made from host arrays. Were it computed, the first step of a backend that captures graphs would
// contain that computation and be unlike all others.

/** Blocks in which nothing is stored. */
export function emptyBlocks(layout: BankLayout): Block[] {
  const size = 2 * layout.blockImages * layout.objectsPerImage;
  return Array.from({ length: layout.blockCount }, () =>
    toBlock(layout, new Float32Array(size * layout.dim), new Float32Array(size), 0),
  );
}

/** Blocks full of vectors uniform in [0,1)^d, each of them an object. */
export function randomBlocks(layout: BankLayout, rng: Generator): Block[] {
  return Array.from({ length: layout.blockCount }, (_, i) => randomBlock(layout, i, rng.split(i)));
}

function randomBlock(layout: BankLayout, block: number, rng: Generator): Block {
  const { images, objectsPerImage, dim, blockImages, storage } = layout;
  const rowCount = blockImages * objectsPerImage;
  const stored = Math.min(blockImages, images - block * blockImages) * objectsPerImage;
  const vectors = new Float32Array(2 * rowCount * dim);
  for (let row = 0; row < 2 * rowCount; row++) {
    if (row % rowCount >= stored) continue;
    for (let i = row * dim; i < (row + 1) * dim; i++) vectors[i] = rng.uniform();
  }
  return toBlock(layout, vectors, inverseNormsOf(numbersStored(vectors, storage), dim), stored);
}

/** `stored` says how many of the first rows hold objects. */
function toBlock(layout: BankLayout, vectors: Float32Array, inverseNorms: Float32Array, stored: number): Block {
  const { objectsPerImage, dim, blockImages, storage } = layout;
  const shape = [2, blockImages, objectsPerImage * dim];
  const penalty = new Float32Array(blockImages * objectsPerImage).fill(NOT_STORED, stored);
  return {
    vectors: storedFromHost({ dtype: 'F32', shape, data: vectors }, storage) as tf.Tensor3D,
    inverseNorms: tf.tensor3d(inverseNorms, [2, blockImages, objectsPerImage]),
    penalty: tf.tensor3d(penalty, [1, blockImages, objectsPerImage]),
  };
}
