import { measureBank } from './bank.js';
import { measureClustering } from './clustering.js';
import { measureNothing } from './nothing.js';
import { measurePhases } from './phases.js';
import { measurePretraining } from './pretraining.js';
import { measureStep } from './step.js';

/** What can be measured in a process of its own; requests and results are plain data. */
export const measurements = {
  nothing: measureNothing,
  step: measureStep,
  phases: measurePhases,
  clustering: measureClustering,
  bank: measureBank,
  pretraining: measurePretraining,
};

export type MeasurementName = keyof typeof measurements;
export type RequestOf<Name extends MeasurementName> = Parameters<(typeof measurements)[Name]>[0];
export type ResultOf<Name extends MeasurementName> = Awaited<ReturnType<(typeof measurements)[Name]>>;
