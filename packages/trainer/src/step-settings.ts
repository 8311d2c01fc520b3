import { teacherTempAt } from '@cribo/losses';
import type { Config } from './config/schema.js';
import { cosineAt, posAlphaAt } from './schedules.js';

/** Everything the schedules decide about one step. */
export interface StepSettings {
  epoch: number;
  lr: number;
  weightDecay: number;
  /** m of the EMA teacher. */
  teacherMomentum: number;
  teacherTemp: number;
  posAlpha: number;
  /** Whether the cross-image loss is on in this epoch. */
  crossImage: boolean;
  /** Whether the output layers of the head are still frozen. */
  freezeLastLayer: boolean;
}

/**
 * The settings of global step `step`. Learning rate, weight decay and teacher momentum follow the step, temperatures
 * and the positional weight the epoch. As in the authors' code, runs of one or two epochs have no warm-up.
 */
export function settingsAt(step: number, config: Config, stepsPerEpoch: number): StepSettings {
  const { optimizer, losses, clustering } = config;
  const { epochs, batchSize } = config.training;
  const epoch = Math.floor(step / stepsPerEpoch);
  const short = epochs <= 2;
  const scale = batchSize / 256;
  const span = { epochs, stepsPerEpoch };
  return {
    epoch,
    lr: cosineAt(step, {
      base: optimizer.lr * scale,
      final: optimizer.minLr,
      warmupEpochs: short ? 0 : Math.min(optimizer.warmupEpochs, epochs),
      ...span,
    }),
    weightDecay: cosineAt(step, { base: optimizer.weightDecay, final: optimizer.weightDecayEnd, ...span }),
    teacherMomentum: cosineAt(step, { base: optimizer.teacherMomentum, final: 1, ...span }),
    teacherTemp: teacherTempAt(epoch, {
      warmupTeacherTemp: losses.warmupTeacherTemp,
      teacherTemp: losses.teacherTemp,
      warmupTeacherTempEpochs: short ? 0 : losses.warmupTeacherTempEpochs,
    }),
    posAlpha: posAlphaAt(epoch, clustering.posAlpha, epochs),
    crossImage: losses.crossImage && epoch >= losses.crossImageFromEpoch,
    freezeLastLayer: epoch < optimizer.freezeLastLayerEpochs,
  };
}
