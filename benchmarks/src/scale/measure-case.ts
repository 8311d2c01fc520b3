import type { Config } from '@cribo/trainer';
import { stepCost, totalCost } from '../figures/cost-model.js';
import { median } from '../figures/median.js';
import { inOwnProcess } from '../measure/own-process.js';
import { medianRunMs } from '../measure/step.js';
import type { ScaleCase } from './axes.js';

/** What a case took. */
export interface CaseFigures {
  /** Median milliseconds of the step (compiling left out), the clustering or the query. */
  ms: number;
  /** Highest resident memory of the process. */
  peakRssMiB: number;
  /** Matrix products in GFLOP, and their rate as a share of a plain product's; clusterings hardly have any. */
  gflop?: number;
  share?: number;
  /** N·K of a clustering. */
  tokensTimesClusters?: number;
  /** Of a bank: the update after the query, its vectors of both views, and what queries and updates need beyond the memory that it takes. */
  pushMs?: number;
  bankMiB?: number;
  extraMiB?: number;
}

/** How often a case is repeated. */
export interface Repeats {
  steps: number;
  warmup: number;
}

export async function measureCase(
  measured: ScaleCase,
  backend: Config['backend'],
  { steps, warmup }: Repeats,
): Promise<CaseFigures> {
  switch (measured.what) {
    case 'step': {
      const { config } = measured;
      const step = await inOwnProcess('step', { config, steps, warmup });
      const gflop = totalCost(stepCost(config, median(step.objects))) / 1e9;
      const ms = medianRunMs(step, warmup);
      return { ms, peakRssMiB: step.peakRssMiB, gflop, share: (1000 * gflop) / ms / step.matMulGflops };
    }
    case 'clustering': {
      const { side, clusters } = measured.request;
      const request = { ...measured.request, backend, repeats: steps };
      const { ms, peakRssMiB } = await inOwnProcess('clustering', request);
      return { ms, peakRssMiB, tokensTimesClusters: side ** 2 * clusters };
    }
    case 'bank': {
      const request = { ...measured.request, backend, repeats: steps };
      const { queryMs, pushMs, peakRssMiB, gflop, share, bankMiB, extraMiB } = await inOwnProcess('bank', request);
      return { ms: queryMs, pushMs, peakRssMiB, gflop, share, bankMiB, extraMiB };
    }
  }
}
