import { loadBackend, PhaseTimer } from '@cribo/trainer';
import { median } from '../figures/median.js';
import type { StepRequest } from './step.js';
import { repeatedStep } from './training-step.js';

/** Milliseconds per phase, median over steps in which every phase is awaited before the next begins. */
export async function measurePhases({ config, warmup, steps }: StepRequest): Promise<Record<string, number>> {
  await loadBackend(config.backend);
  const step = repeatedStep(config);
  const samples: Record<string, number[]> = {};
  for (let i = 0; i < warmup + steps; i++) {
    const timer = new PhaseTimer();
    await step.take(timer.hook);
    // The first ones compile the parts.
    if (i < warmup) continue;
    for (const [phase, ms] of Object.entries(timer.times)) samples[phase] = [...(samples[phase] ?? []), ms];
  }
  step.dispose();
  return Object.fromEntries(Object.entries(samples).map(([phase, ms]) => [phase, median(ms)]));
}
