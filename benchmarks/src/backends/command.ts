import { Command } from 'commander';
import { whole } from '../../../packages/trainer/src/commands/number-flags.js';
import { tableLines } from '../../../packages/trainer/src/table-text.js';
import { configOf, withStepFlags } from '../backend-flags.js';
import { type DeliveryFlags, deliver, htmlOption, jsonOption } from '../deliver.js';
import { environmentLine } from '../environment.js';
import { type BackendRow, type BackendsBench, benchBackends } from './bench.js';
import { backendsPage } from './page.js';

interface Flags extends DeliveryFlags {
  steps: number;
  warmup: number;
  limit: number;
  set: string[];
}

/** A step that plain JavaScript can take: 64 px views of 64 patches, three blocks of width 96. */
const smallStep = [
  'model.arch=vit_tiny',
  'model.patchSize=8',
  'model.embedDim=96',
  'model.depth=3',
  'model.numHeads=3',
  'views.imageSize=64',
  'head.hiddenDim=256',
  'head.bottleneckDim=64',
  'head.outDim=1024',
  'head.objectOutDim=1024',
  'clustering.clusters=5',
  'bank.images=64',
  'training.batchSize=4',
];

export function backendsCommand(): Command {
  const command = new Command('backends')
    .description('the same small step on every backend that is installed here; the others with the reason')
    .option('--limit <seconds>', 'how long one backend may take', whole, 300);
  return withStepFlags(command, { steps: 5, warmup: 3 })
    .addOption(jsonOption())
    .addOption(htmlOption())
    .action(async ({ steps, warmup, limit, set, ...flags }: Flags) => {
      const result = await benchBackends({
        configFor: (backend) => configOf(smallStep, { backend, set }),
        steps,
        warmup,
        limitSeconds: limit,
        onRow: ({ name, figures, note }) =>
          process.stderr.write(`${name}: ${figures ? `${figures.stepMs.toFixed(0)} ms` : note}\n`),
      });
      deliver(flags, result, { lines, page: backendsPage });
    });
}

function lines(result: BackendsBench): string[] {
  const { gflop, backends, steps, warmup } = result;
  const head = ['backend', 'ms', 'images/s', 'first ms', 'GFLOP/s', 'matMul', 'MiB', ''];
  return [
    environmentLine(result),
    `a small step of ${gflop.toFixed(1)} GFLOP in float32, median of ${steps} after ${warmup}; its rate, and that of a plain matrix product`,
    ...tableLines([head, ...backends.map(cells)]),
  ];
}

function cells({ name, figures, note = '' }: BackendRow): string[] {
  if (figures === undefined) return [name, '–', '–', '–', '–', '–', '–', note];
  const { stepMs, imagesPerSecond, firstStepMs, gflops, matMulGflops, peakRssMiB } = figures;
  const numbers = [stepMs, imagesPerSecond, firstStepMs, gflops, matMulGflops, peakRssMiB];
  return [name, ...numbers.map((value) => value.toFixed(value < 10 ? 1 : 0)), note];
}
