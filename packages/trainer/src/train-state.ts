import { MemoryBank, type MemoryBankOptions } from '@cribo/memory-bank';
import type { Generator, HostTensor, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from './config/schema.js';
import { initNetwork, type NetworkConfig } from './model.js';
import { createOptimizer } from './optim/index.js';
import type { Optimizer } from './optim/optimizer.js';
import { ObjectLabels } from './oracle/object-labels.js';

/** Everything training carries from step to step; a checkpoint holds exactly this. */
export interface TrainState {
  student: Params;
  teacher: Params;
  optimizer: Optimizer;
  /** Running means of the teacher's logits: float32 [1, outDim] and [1, objectOutDim]. */
  centers: { global: tf.Tensor2D; object: tf.Tensor2D };
  bank: MemoryBank;
  /** The classes of the objects in the bank, where labels decide which neighbours are positive. */
  objectLabels?: ObjectLabels;
  /** Steps done, those left out among them. */
  step: number;
  /** The steps that were left out because their loss was not finite. */
  skippedSteps: number[];
}

/** The state before the first step: the teacher equals the student, the centers are zero. */
export function initTrainState(config: Config, network: NetworkConfig, rng: Generator): TrainState {
  const weights = () => initNetwork(network, rng.split('network'));
  return {
    student: weights(),
    // Drawn again rather than cloned: a clone shares its memory, and a captured graph would be another one while it does.
    teacher: weights(),
    optimizer: createOptimizer(config.optimizer.name),
    centers: {
      global: tf.zeros([1, network.head.outDim]),
      object: tf.zeros([1, network.head.objectOutDim]),
    },
    bank: new MemoryBank({ ...bankOptions(config, network), rng: rng.split('bank') }),
    step: 0,
    skippedSteps: [],
    ...(config.bootstrapping.criterion === 'labels' && { objectLabels: objectLabelsOf(config) }),
  };
}

/** The classes of the objects in the bank of a run with these settings; `saved` are those of a checkpoint. */
export const objectLabelsOf = ({ bank, clustering }: Config, saved?: HostTensor): ObjectLabels =>
  new ObjectLabels(bank.images, clustering.clusters, saved);

export function bankOptions({ bank, clustering, variant }: Config, network: NetworkConfig): MemoryBankOptions {
  return {
    images: bank.images,
    objectsPerImage: clustering.clusters,
    dim: network.backbone.embedDim,
    variant,
    normalizedMatching: bank.normalizedMatching,
    storage: bank.storage,
  };
}

/** Frees every tensor of the state. */
export function disposeTrainState(state: TrainState): void {
  tf.dispose([state.student, state.teacher, state.centers]);
  state.optimizer.dispose();
  state.bank.dispose();
}
