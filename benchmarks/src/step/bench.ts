import { basename } from 'node:path';
import type { Config } from '@cribo/trainer';
import { type Environment, environment } from '../environment.js';
import { phaseCost, stepCost, totalCost } from '../figures/cost-model.js';
import { median } from '../figures/median.js';
import { type Trend, thinned, trend } from '../figures/trend.js';
import { inOwnProcess } from '../measure/own-process.js';
import type { StepRequest } from '../measure/step.js';

export interface StepBench extends Environment {
  /** Median elapsed milliseconds of the steps that count. */
  stepMs: number;
  stepMsAll: number[];
  /** Of it spent on compiling sessions. */
  compileMsAll: number[];
  warmupSteps: number;
  warmupMs: number[];
  imagesPerSecond: number;
  /** Matrix products of a step, in GFLOP, their rate, that of a plain product here, and the ratio of both. */
  gflop: number;
  gflops: number;
  matMulGflops: number;
  share: number;
  /** GFLOP by part of the method. */
  cost: Record<string, number>;
  /** Median milliseconds by phase, from another process in which every phase is awaited. */
  phases: Record<string, number>;
  /** Those steps one by one. */
  phaseSamples: Record<string, number>[];
  phaseFigures: PhaseFigures[];
  /** Highest resident memory of the process that took the steps. */
  peakRssMiB: number;
  /** After the steps numbered in `atStep` (from 1, warm-up included). */
  atStep: number[];
  rssMiB: number[];
  numTensors: number[];
  sessionsCompiled: number[];
  /** Of the whole run, thinned or not. */
  memoryTrend: Trend;
  tensorTrend: Trend;
  sessionTrend: Trend;
  /** Mean number of valid objects in a batch. */
  objects: number;
  images: number;
  /** What the images are: the name of a folder or list, or noise. */
  source: string;
  config: Config;
}

export interface PhaseFigures {
  phase: string;
  ms: number;
  gflop: number;
  /** Rate as a share of the plain product's. */
  share: number;
}

/** How many points of the course of a run the result holds. */
const maxPoints = 50;
/** Steps that wait for every phase: enough for a median, the first ones compile. */
const profiled = { warmup: 2, steps: 5 };

/** Times whole training steps, then their phases, each in a process of its own. */
export async function benchStep(request: StepRequest): Promise<StepBench> {
  const { config, source, warmup } = request;
  const measured = await inOwnProcess('step', request);
  const phaseSamples = await inOwnProcess('phases', { ...request, ...profiled });
  const phases = mediansOf(phaseSamples);
  const objects = mean(measured.objects.slice(warmup));
  const flops = stepCost(config, objects);
  const gflop = totalCost(flops) / 1e9;
  const stepMs = median(measured.ms.slice(warmup));
  const { matMulGflops } = measured;
  const costOfPhase = phaseCost(flops, Object.keys(phases));
  const kept = thinned(measured.ms.length, maxPoints);
  const at = (values: number[]) => kept.map((i) => Math.round(values[i]!));
  return {
    ...environment(),
    stepMs: Math.round(stepMs),
    stepMsAll: measured.ms.slice(warmup).map(Math.round),
    compileMsAll: measured.compileMs.slice(warmup).map(Math.round),
    warmupSteps: warmup,
    warmupMs: measured.ms.slice(0, warmup).map(Math.round),
    imagesPerSecond: (1000 * config.training.batchSize) / stepMs,
    gflop,
    gflops: (1000 * gflop) / stepMs,
    matMulGflops: Math.round(matMulGflops),
    share: (1000 * gflop) / stepMs / matMulGflops,
    cost: Object.fromEntries(Object.entries(flops).map(([part, value]) => [part, value / 1e9])),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, Math.round(ms)])),
    phaseSamples,
    phaseFigures: Object.entries(phases).map(([phase, ms]) => {
      const ofPhase = costOfPhase[phase]! / 1e9;
      return { phase, ms, gflop: ofPhase, share: (1000 * ofPhase) / ms / matMulGflops };
    }),
    peakRssMiB: Math.round(measured.peakRssMiB),
    atStep: kept.map((i) => i + 1),
    rssMiB: at(measured.rssMiB),
    numTensors: at(measured.tensors),
    sessionsCompiled: at(measured.sessions),
    // Resident memory moves by a few percent from step to step, tensors and sessions are counted.
    memoryTrend: trend(measured.rssMiB, 0.03),
    tensorTrend: trend(measured.tensors, 0),
    sessionTrend: trend(measured.sessions, 0),
    objects,
    images: config.training.batchSize,
    source: source === undefined ? 'noise' : basename(source),
    config,
  };
}

/** Median of every phase. */
function mediansOf(samples: readonly Record<string, number>[]): Record<string, number> {
  const phases = Object.keys(samples[0] ?? {});
  return Object.fromEntries(phases.map((phase) => [phase, median(samples.map((times) => times[phase] ?? 0))]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
