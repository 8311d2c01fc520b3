import type * as tf from '@tensorflow/tfjs-core';
import { backend } from '@tensorflow/tfjs-core';

/** Sees the tensors of every phase by name while they live: a profiler awaits them, a test or a picture copies them. */
export type PhaseHook = (phase: string, tensors: Record<string, tf.Tensor>) => void | Promise<void>;

/**
 * Times the phases of one training step (Table 9): after each it waits until the device has done it. A backend that runs a
 * step as one graph has to compile other graphs for that; the time of compiling is not counted.
 */
export class PhaseTimer {
  /**
   * Milliseconds by phase: `teacher` (with the clustering), `retrieval`, `targets`, `student`, `centers`, `bank`,
   * `update`. Those of all parts of a batch are added up.
   */
  readonly times: Record<string, number> = {};
  #last = now();

  readonly hook: PhaseHook = async (phase, tensors) => {
    await smallest(tensors).data();
    const at = now();
    this.times[phase] = (this.times[phase] ?? 0) + at - this.#last;
    this.#last = at;
  };
}

/** Runs a step that is measured by phase, without its graphs taking the place or the memory of the usual ones. */
export function measuredApart<T>(step: () => Promise<T>): Promise<T> {
  const { withoutKeepingSessions } = backend() as { withoutKeepingSessions?: (f: () => Promise<T>) => Promise<T> };
  return withoutKeepingSessions ? withoutKeepingSessions.call(backend(), step) : step();
}

/** Milliseconds spent on anything but compiling. */
function now(): number {
  const { stats } = backend() as { stats?: () => { compileMs: number } };
  return performance.now() - (stats?.call(backend()).compileMs ?? 0);
}

const smallest = (tensors: Record<string, tf.Tensor>) =>
  Object.values(tensors).reduce((a, b) => (a.size <= b.size ? a : b));
