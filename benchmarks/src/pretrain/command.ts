import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets } from '@cribo/trainer';
import { Command, Option } from 'commander';
import { printResult } from '../../../packages/trainer/src/commands/output.js';
import { type BackendFlags, configOf, withBackendFlags, withStepFlags } from '../backend-flags.js';
import { type DeliveryFlags, jsonOption } from '../deliver.js';
import { type Environment, environment, environmentLine } from '../environment.js';
import { type LoadingShare, loadingShare } from '../figures/loading-share.js';
import { inOwnProcess } from '../measure/own-process.js';

interface Flags extends BackendFlags, DeliveryFlags {
  preset: string;
  steps: number;
  warmup: number;
  set: string[];
}

interface PretrainBench extends Environment, LoadingShare {
  preset: string;
  images: number;
  /** The whole process: start, all steps, the checkpoint at the end. */
  seconds: number;
  peakRssMiB: number;
}

export function pretrainCommand(): Command {
  const command = new Command('pretrain')
    .description('a run of "cribo pretrain" end to end: images per second, loading included, and how long it waited')
    .argument('<images>', 'folder, list file or tar shards, as for "cribo pretrain"')
    .addOption(
      new Option('--preset <name>', 'settings to start from').choices(Object.keys(presets)).default('cpu-small'),
    );
  return withBackendFlags(withStepFlags(command, { steps: 300, warmup: 100 }))
    .addOption(jsonOption())
    .action(async (source: string, flags: Flags) => {
      const result = await benchPretrain(source, flags);
      printResult(flags.json ?? false, result, () => lines(result));
    });
}

async function benchPretrain(source: string, flags: Flags): Promise<PretrainBench> {
  const { preset, steps, warmup } = flags;
  const config = await configOf([`training.maxSteps=${steps + warmup}`, 'logging.report=false'], flags);
  const out = mkdtempSync(join(tmpdir(), 'bench-pretrain-'));
  try {
    const run = await inOwnProcess('pretraining', { source, out, config });
    const rows = readFileSync(join(out, 'metrics.jsonl'), 'utf8').split('\n');
    const { images, seconds, peakRssMiB } = run;
    return {
      ...environment(),
      preset,
      images,
      seconds,
      peakRssMiB,
      ...loadingShare(rows, config.training.batchSize, warmup),
    };
  } finally {
    rmSync(out, { recursive: true });
  }
}

function lines(result: PretrainBench): string[] {
  const { steps, images, imagesPerSecond, waitingShare, stepShare, stepMs, seconds, peakRssMiB, preset } = result;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    environmentLine(result),
    `${preset} on ${images} images: ${imagesPerSecond.toFixed(1)} images/s over ${steps} steps, everything included; median step ${stepMs.toFixed(0)} ms`,
    `of the time: ${percent(stepShare)} in steps, ${percent(waitingShare)} waiting for a batch, the rest in records and checkpoints`,
    `so for ${percent(1 - waitingShare)} of the time the loader was not waited for: it worked ahead, or was idle with all batches ready`,
    `peak memory ${peakRssMiB.toFixed(0)} MiB, the whole run ${seconds.toFixed(0)} s`,
  ];
}
