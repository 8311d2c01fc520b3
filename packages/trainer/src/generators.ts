import { Generator } from '@cribo/tensor';

/** The generator from which everything random in a run with this seed descends. */
export const runGenerator = (seed: number) => Generator.fromSeed(seed);

/** What one step draws from: split `clusters` for the initial clusters, `drop-path` for the student's stochastic depth. */
export const stepGenerator = (seed: number, step: number) => runGenerator(seed).split(`step-${step}`);
