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
  protected abstract next(
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    slots: tf.Tensor[],
    at: { lr: number; weightDecay: number; step: number; regularized: boolean },
  ): tf.Tensor[];

  /**
   * One parameter after one step. The old parameter and the gradient stay with the caller; the new value belongs to the
   * caller, or to the tf.tidy around; the slots belong to the optimizer, which replaces them.
   */
  update(name: string, parameter: tf.Tensor, gradient: tf.Tensor, settings: UpdateSettings): tf.Tensor {
    const { slots, steps } = this.#state;
    const slotNames = Object.keys(slots);
    const regularized = isRegularized(name, parameter.rank);
    const step = (steps[name] ?? 0) + 1;
    const [next, ...changed] = tf.tidy(() => {
      const current = slotNames.map((slot) => slots[slot]![name] ?? tf.zerosLike(parameter));
      const at = { lr: settings.lr, weightDecay: regularized ? settings.weightDecay : 0, step, regularized };
      return this.next(parameter, gradient, current, at);
    });
    steps[name] = step;
    slotNames.forEach((slot, i) => {
      slots[slot]![name]?.dispose();
      slots[slot]![name] = tf.keep(changed[i]!);
    });
    return next!;
  }

  /**
   * New values of `params` after one step. The old parameters stay with the caller; those without a gradient appear in
   * the result as they are.
   */
  apply(params: Params, gradients: Params, settings: UpdateSettings): Params {
    const updated = Object.entries(params).map(([name, parameter]) => {
      const gradient = gradients[name];
      return [name, gradient ? this.update(name, parameter, gradient, settings) : parameter] as const;
    });
    return Object.fromEntries(updated);
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
