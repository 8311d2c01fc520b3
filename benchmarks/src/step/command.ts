import { Command } from 'commander';
import { tableLines } from '../../../packages/trainer/src/table-text.js';
import { type BackendFlags, configOf, withBackendFlags, withStepFlags } from '../backend-flags.js';
import { type DeliveryFlags, deliver, htmlOption, jsonOption } from '../deliver.js';
import { environmentLine } from '../environment.js';
import type { Trend } from '../figures/trend.js';
import { yardstick } from '../yardstick.js';
import { benchStep, type StepBench } from './bench.js';
import { stepPage } from './page.js';

interface Flags extends BackendFlags, DeliveryFlags {
  steps: number;
  warmup: number;
  set: string[];
}

export function stepCommand(): Command {
  const command = new Command('step').description(
    'the whole training step at the yardstick: median time, phases, share of the matMul peak, peak memory, and whether anything grows',
  );
  command.argument('[images]', 'photographs to take steps on, as for "cribo pretrain"; noise by default');
  return withBackendFlags(withStepFlags(command, { steps: 20, warmup: 5 }))
    .addOption(jsonOption())
    .addOption(htmlOption())
    .action(async (source: string | undefined, flags: Flags) => {
      const { steps, warmup } = flags;
      const config = await configOf(yardstick, flags);
      const result = await benchStep({ config, steps, warmup, ...(source !== undefined && { source }) });
      deliver(flags, result, { lines, page: stepPage });
    });
}

function lines(result: StepBench): string[] {
  const { stepMs, stepMsAll, warmupSteps, gflop, matMulGflops, phaseFigures, peakRssMiB, objects, images } = result;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const rows = phaseFigures.map(({ phase, ms, gflop, share }) => [
    phase,
    ms.toFixed(0),
    gflop.toFixed(1),
    percent(share),
  ]);
  return [
    environmentLine(result),
    `step ${stepMs} ms (median of ${stepMsAll.length} after ${warmupSteps}), ${result.imagesPerSecond.toFixed(2)} images/s, peak memory ${peakRssMiB} MiB`,
    `${objects.toFixed(0)} objects in ${images} images of ${result.source}`,
    `matrix products ${gflop.toFixed(0)} GFLOP per step: ${percent(result.share)} of the matMul peak of ${matMulGflops} GFLOP/s`,
    ...tableLines([['phase', 'ms', 'GFLOP', 'of peak'], ...rows]),
    trendLine('resident memory', result.memoryTrend, ' MiB'),
    trendLine('tensors', result.tensorTrend),
    trendLine('sessions compiled', result.sessionTrend),
  ];
}

const trendLine = (what: string, { before, after, grew }: Trend, unit = '') =>
  `${what}: ${before.toFixed(0)}${unit} in the second quarter of the run, ${after.toFixed(0)}${unit} in the last: ${grew ? 'grew' : 'did not grow'}`;
