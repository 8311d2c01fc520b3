import type { Params } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { isRegularized } from './groups.js';

/** What changes from step to step. */
export interface UpdateSettings {
  lr: number;
  /** Weight decay of the regularized group; the other group has none. */
  weightDecay: number;
}

/** Everything an optimizer carries between steps. */
export interface OptimizerState {
  /** Per-parameter tensors by slot (`m`, `v`, `momentum`), then by parameter name. */
  slots: Record<string, Params>;
  /** Updates applied so far, per parameter. */
  steps: Record<string, number>;
}

/** An update that is prepared and waits for `commit` or `discard`. */
export interface StagedUpdate {
  /** The parameters after the step; those without a gradient are the old tensors themselves. */
  params: Params;
  commit(): void;
  discard(): void;
}

/**
 * A first-order optimizer over a record of tensors. A parameter without a gradient is skipped completely:
 * no decay, no moment update, no step count.
 */
export abstract class Optimizer {
  #state: OptimizerState;

  constructor(slotNames: readonly string[]) {
    this.#state = { slots: Object.fromEntries(slotNames.map((slot) => [slot, {}])), steps: {} };
  }

  /** The update of one parameter, given its slots (zeros at first): the new value followed by the new slots. */
  protected abstract update(
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    slots: tf.Tensor[],
    at: { lr: number; weightDecay: number; step: number; regularized: boolean },
  ): tf.Tensor[];

  /**
   * New values of `params` after one step. The old parameters stay with the caller; old slots are disposed of.
   * Parameters without a gradient appear in the result as they are.
   */
  apply(params: Params, gradients: Params, settings: UpdateSettings): Params {
    const update = this.stage(params, gradients, settings);
    update.commit();
    return update.params;
  }

  /**
   * Prepares what {@link Optimizer.apply} does: the optimizer's state changes by `commit` only, and `discard` frees the
   * prepared slots. The new parameters belong to the caller either way.
   */
  stage(params: Params, gradients: Params, settings: UpdateSettings): StagedUpdate {
    const { slots, steps } = this.#state;
    const slotNames = Object.keys(slots);
    const updated: Params = {};
    const nextSlots: Record<string, tf.Tensor[]> = {};
    for (const [name, parameter] of Object.entries(params)) {
      const gradient = gradients[name];
      if (gradient === undefined) {
        updated[name] = parameter;
        continue;
      }
      const regularized = isRegularized(name, parameter.rank);
      const step = (steps[name] ?? 0) + 1;
      const [next, ...changed] = tf.tidy(() => {
        const current = slotNames.map((slot) => slots[slot]![name] ?? tf.zerosLike(parameter));
        const at = { lr: settings.lr, weightDecay: regularized ? settings.weightDecay : 0, step, regularized };
        return this.update(parameter, gradient, current, at);
      });
      updated[name] = next!;
      nextSlots[name] = changed;
    }
    return {
      params: updated,
      commit() {
        for (const [name, changed] of Object.entries(nextSlots)) {
          steps[name] = (steps[name] ?? 0) + 1;
          slotNames.forEach((slot, i) => {
            slots[slot]![name]?.dispose();
            slots[slot]![name] = changed[i]!;
          });
        }
      },
      discard: () => tf.dispose(nextSlots),
    };
  }

  /** The state to save; its tensors still belong to the optimizer. */
  get state(): OptimizerState {
    return this.#state;
  }

  /** Takes over a saved state and its tensors. */
  restore(state: OptimizerState): void {
    this.dispose();
    this.#state = state;
  }

  /** Frees every slot. */
  dispose(): void {
    for (const slot of Object.values(this.#state.slots)) tf.dispose(slot);
  }
}
