import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import { Generator } from '@cribo/tensor';
import { type Batch, type Config, createLoader, loaderSettings, openImages, toDevice } from '@cribo/trainer';
import type * as tf from '@tensorflow/tfjs-core';
import { cropPositions } from './crop-positions.js';

/** The batches that measured steps take, one after the other. */
export interface Batches {
  /** The batch of a step; its tensors belong to the caller. Nothing is made ahead, so that no thread works beside a step. */
  of(step: number): Promise<Batch>;
  close(): Promise<void>;
}

/** Two augmented views each of the photographs that `openImages` finds at `source`. */
export async function photographs(config: Config, source: string): Promise<Batches> {
  const { entries } = await openImages(source);
  const { batchSize } = config.training;
  const loader = createLoader({ ...loaderSettings(config), workers: 1, cacheMegabytes: 0, entries });
  return {
    async of(step) {
      const slots = Array.from({ length: batchSize }, (_, i) => (step * batchSize + i) % entries.length);
      return toDevice(await loader.rows(0, slots), config, step);
    },
    close: () => loader.close(),
  };
}

/** Noise, on which clusters spread more evenly than on photographs: nearly all of them become objects. */
export function noise(config: Config): Batches {
  const rng = Generator.fromSeed(0);
  const { batchSize } = config.training;
  const { imageSize } = config.views;
  const side = imageSize / config.model.patchSize;
  return {
    async of(step) {
      const ofStep = rng.split(step);
      return {
        views: ofStep.uniformTensor([2 * batchSize, imageSize, imageSize, 3]) as tf.Tensor4D,
        positions: cropPositions(ofStep, batchSize, side),
        initIndices: drawInitialIndices(ofStep, batchSize, 2 * side * side, config.clustering.clusters),
      };
    },
    close: async () => {},
  };
}
