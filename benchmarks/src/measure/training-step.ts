import { Generator } from '@cribo/tensor';
import {
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
import { noise, photographs } from './batches.js';

/** A training step to be taken again and again on the current backend. */
export interface RepeatedStep {
  /** Takes the next step; the time leaves making the batch out. */
  take(onPhase?: PhaseHook): Promise<{ ms: number; report: StepReport }>;
  dispose(): Promise<void>;
}

/**
 * Steps from the second epoch on: all losses are active, and no output layer is frozen.
 *
 * @param source photographs, as for `openImages`; noise by default
 */
export async function repeatedStep(config: Config, source?: string): Promise<RepeatedStep> {
  const batches = source === undefined ? noise(config) : await photographs(config, source);
  const network = networkConfig(config);
  const rng = Generator.fromSeed(0);
  const state = initTrainState(config, network, rng);
  const stepsPerEpoch = Math.ceil(config.bank.images / config.training.batchSize);
  const firstStep = stepsPerEpoch * Math.max(config.losses.crossImageFromEpoch, config.optimizer.freezeLastLayerEpochs);
  return {
    async take(onPhase) {
      const batch = await batches.of(state.step);
      const at = settingsAt(firstStep + state.step, config, stepsPerEpoch);
      const began = performance.now();
      const report = await trainStep(state, batch, network, config, at, rng.split(`drop-${state.step}`), onPhase);
      const ms = performance.now() - began;
      tf.dispose({ ...batch });
      return { ms, report };
    },
    async dispose() {
      disposeTrainState(state);
      await batches.close();
    },
  };
}
