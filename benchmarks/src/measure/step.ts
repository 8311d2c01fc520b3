import { type Config, loadBackend } from '@cribo/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../figures/median.js';
import { matMulGflops } from './matmul-gflops.js';
import { peakRssMiB, rssMiB } from './process-memory.js';
import { repeatedStep } from './training-step.js';

export interface StepRequest {
  config: Config;
  /** Photographs to learn from; noise by default. */
  source?: string;
  /** Steps taken before those that count. */
  warmup: number;
  steps: number;
}

/** What steps took; every list has an entry per step, warm-up included. Plain data: it crosses a process boundary. */
export interface StepMeasurement {
  ms: number[];
  /** Of it spent on compiling sessions. */
  compileMs: number[];
  /** Resident memory after the step. */
  rssMiB: number[];
  tensors: number[];
  /** Sessions compiled since the start; 0 on backends that compile none. */
  sessions: number[];
  /** Valid objects of the batch. */
  objects: number[];
  /** Highest resident memory of the process, from its start to the last step. */
  peakRssMiB: number;
  matMulGflops: number;
}

/** Takes whole training steps and does nothing else in this process until they are done. */
export async function measureStep({ config, source, warmup, steps }: StepRequest): Promise<StepMeasurement> {
  await loadBackend(config.backend);
  const step = await repeatedStep(config, source);
  const course = { ms: [], compileMs: [], rssMiB: [], tensors: [], sessions: [], objects: [] } as Omit<
    StepMeasurement,
    'peakRssMiB' | 'matMulGflops'
  >;
  for (let i = 0; i < warmup + steps; i++) {
    const compiledBefore = sessionStats().compileMs;
    const { ms, report } = await step.take();
    const { compileMs, sessionsCompiled } = sessionStats();
    if (!report.applied) throw new Error(`Step ${i} had a loss that is not finite (${report.loss}).`);
    course.ms.push(ms);
    course.compileMs.push(compileMs - compiledBefore);
    course.rssMiB.push(rssMiB());
    course.tensors.push(tf.memory().numTensors);
    course.sessions.push(sessionsCompiled);
    course.objects.push(report.objects);
  }
  const peak = peakRssMiB();
  await step.dispose();
  return { ...course, peakRssMiB: peak, matMulGflops: await matMulGflops() };
}

/**
 * Median milliseconds of the steps after the warm-up without compiling. Small batches meet a new number of valid objects in
 * many of a few steps, which a run of thousands does not.
 */
export const medianRunMs = ({ ms, compileMs }: StepMeasurement, warmup: number): number =>
  median(ms.map((elapsed, i) => elapsed - compileMs[i]!).slice(warmup));

/** What the ONNX Runtime backend has compiled so far; zeros on other backends. */
function sessionStats(): { sessionsCompiled: number; compileMs: number } {
  const backend = tf.backend() as { stats?: () => { sessionsCompiled: number; compileMs: number } };
  return backend.stats?.() ?? { sessionsCompiled: 0, compileMs: 0 };
}
