import { drawInitialIndices } from '@cribo/sinkhorn-cluster';
import { Generator } from '@cribo/tensor';
import {
  type Batch,
  type Config,
  disposeTrainState,
  initTrainState,
  networkConfig,
  type PhaseHook,
  type StepReport,
  settingsAt,
  trainStep,
} from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { cropPositions } from './crop-positions.js';

/** A training step to be taken again and again, on drawn images, on the current backend. */
export interface RepeatedStep {
  /** Takes the next step; the time leaves drawing the batch out. */
  take(onPhase?: PhaseHook): Promise<{ ms: number; report: StepReport }>;
  dispose(): void;
}

/** Steps from the second epoch on: all losses are active, and no output layer is frozen. */
export function repeatedStep(config: Config): RepeatedStep {
  const network = networkConfig(config);
  const rng = Generator.fromSeed(0);
  const state = initTrainState(config, network, rng);
  const stepsPerEpoch = Math.ceil(config.bank.images / config.training.batchSize);
  const firstStep = stepsPerEpoch * Math.max(config.losses.crossImageFromEpoch, config.optimizer.freezeLastLayerEpochs);
  return {
    async take(onPhase) {
      const batch = drawBatch(config, rng.split(state.step));
      const at = settingsAt(firstStep + state.step, config, stepsPerEpoch);
      const began = performance.now();
      const report = await trainStep(state, batch, network, config, at, rng.split(`drop-${state.step}`), onPhase);
      const ms = performance.now() - began;
      tf.dispose({ ...batch });
      return { ms, report };
    },
    dispose: () => disposeTrainState(state),
  };
}

function drawBatch(config: Config, rng: Generator): Batch {
  const { batchSize } = config.training;
  const { imageSize } = config.views;
  const side = imageSize / config.model.patchSize;
  return {
    views: rng.uniformTensor([2 * batchSize, imageSize, imageSize, 3]) as tf.Tensor4D,
    positions: cropPositions(rng, batchSize, side),
    initIndices: drawInitialIndices(rng, batchSize, 2 * side * side, config.clustering.clusters),
  };
}
