import { updateCenter } from '@cribo/losses';
import type { Generator, Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import type { Config } from './config/schema.js';
import { follow } from './ema.js';
import { learn } from './learn.js';
import { learnInParts } from './learn-in-parts.js';
import type { NetworkConfig } from './model.js';
import { clipGradient, globalNorm, gradientNorms } from './optim/clip.js';
import { trainableGradients } from './optim/groups.js';
import type { PhaseHook } from './phase-timer.js';
import type { StepSettings } from './step-settings.js';
import type { TrainState } from './train-state.js';

/** What one step measured. */
export interface StepReport {
  loss: number;
  lossGlobal: number;
  lossObject: number;
  lossCrossImage: number;
  /** Valid objects in the batch. */
  objects: number;
  /** Share of retrieved neighbours that pass the cycle check (Fig. 6), over both directions. */
  bootstrapRatio: number;
  /** L2 norm of all gradients together, before clipping. */
  gradNorm: number;
  /** False if the loss or the gradient was not finite: then the step changed nothing. */
  applied: boolean;
}

/**
 * One optimisation step of CrIBo (Sec. 3.2): the batch teaches the student, part by part where gradients are accumulated;
 * then the centers follow, the objects go into the bank, and the student takes a step that the teacher follows. Replaces the
 * tensors in `state` and leaves nothing else on the device; `state` stays as it was where the loss or the gradient is not
 * finite. `rng` draws the student's drop path.
 */
export async function trainStep(
  state: TrainState,
  batch: Batch,
  network: NetworkConfig,
  config: Config,
  at: StepSettings,
  rng: Generator,
  onPhase: PhaseHook = () => {},
): Promise<StepReport> {
  const { gradients, measured, stored, meanLogits, commitLabels } = await learnInParts(
    config.training.accumulate,
    batch,
    (part, i) => learn(state, part, network, config, at, i === undefined ? rng : rng.split(i), onPhase),
  );
  const norms = gradientNorms(gradients);
  const norm = globalNorm(norms);
  const gradNorm = (await norm.data())[0]!;
  const loss = measured.lossGlobal + measured.lossObject + measured.lossCrossImage;
  const applied = Number.isFinite(loss) && Number.isFinite(gradNorm);
  if (applied) {
    const centers = nextCenters(state.centers, meanLogits, measured.objects, config.losses.centerMomentum);
    tf.dispose(state.centers);
    state.centers = centers;
    await onPhase('centers', { ...centers });

    const bankUpdate = state.bank.stage(stored.objects, stored.valid);
    bankUpdate.commit();
    commitLabels?.(bankUpdate.slots);
    await onPhase('bank', { ...bankUpdate.blocks[0] });

    updateNetworks(state, gradients, norms, config.optimizer.clipGrad, at);
    await onPhase('update', { ...state.student });
    state.step++;
  }
  tf.dispose([gradients, norms, norm, stored, meanLogits] as tf.TensorContainer);
  const { cycles, ...others } = measured;
  const bootstrapRatio = measured.objects === 0 ? 0 : cycles / (2 * measured.objects);
  return { loss, ...others, bootstrapRatio, gradNorm, applied };
}

/** The centers follow the teacher's logits; that of the objects stays where the batch has none. */
function nextCenters(
  centers: TrainState['centers'],
  meanLogits: TrainState['centers'],
  objects: number,
  momentum: number,
): TrainState['centers'] {
  return {
    global: updateCenter(centers.global, meanLogits.global, undefined, momentum),
    object: updateCenter(centers.object, meanLogits.object, undefined, objects === 0 ? 1 : momentum),
  };
}

/**
 * The student takes a step and the teacher follows it (EMA), one parameter after the other: a backend that computes later
 * has then all that concerns a parameter in one place, and the memory of its old values is free for the next.
 */
function updateNetworks(state: TrainState, gradients: Params, norms: Params, clipGrad: number, at: StepSettings): void {
  const trainable = trainableGradients(gradients, at.freezeLastLayer);
  for (const [name, parameter] of Object.entries(state.student)) {
    const gradient = trainable[name];
    if (gradient) {
      state.student[name] = tf.tidy(() => {
        const clipped = clipGrad > 0 ? clipGradient(gradient, norms[name]!, clipGrad) : gradient;
        return state.optimizer.update(name, parameter, clipped, at);
      });
      parameter.dispose();
    }
    const teacher = state.teacher[name]!;
    state.teacher[name] = follow(teacher, state.student[name]!, at.teacherMomentum);
    teacher.dispose();
    gradients[name]?.dispose();
  }
}
