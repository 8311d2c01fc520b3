import { loadBackend, PhaseTimer } from '@cribo/trainer';
import type { StepRequest } from './step.js';
import { repeatedStep } from './training-step.js';

/** Milliseconds by phase of steps in which every phase is awaited before the next begins, compiling left out. */
export async function measurePhases({ config, source, warmup, steps }: StepRequest): Promise<Record<string, number>[]> {
  await loadBackend(config.backend);
  const step = await repeatedStep(config, source);
  const samples: Record<string, number>[] = [];
  for (let i = 0; i < warmup + steps; i++) {
    const timer = new PhaseTimer();
    await step.take(timer.hook);
    if (i >= warmup) samples.push({ ...timer.times });
  }
  await step.dispose();
  return samples;
}
