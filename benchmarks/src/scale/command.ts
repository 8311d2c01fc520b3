import { Command } from 'commander';
import { tableLines } from '../../../packages/trainer/src/table-text.js';
import { type BackendFlags, configOf, withBackendFlags, withStepFlags } from '../backend-flags.js';
import { type DeliveryFlags, deliver, htmlOption, jsonOption } from '../deliver.js';
import { environmentLine } from '../environment.js';
import type { Growth } from '../figures/growth.js';
import { yardstick } from '../yardstick.js';
import { type AxisChoice, axes, parseAxis } from './axes.js';
import { benchScale, type ScaleAxis, type ScaleBench } from './bench.js';
import { scalePage } from './page.js';

interface Flags extends BackendFlags, DeliveryFlags {
  full?: boolean;
  axis?: AxisChoice[];
  steps: number;
  warmup: number;
  set: string[];
}

/** The base without --full: a step of the same shape with a twentieth of the products. */
const smallBase = [
  ...yardstick,
  'model.arch=vit_tiny',
  'model.depth=4',
  'training.batchSize=4',
  'clustering.clusters=8',
  'head.outDim=4096',
  'head.objectOutDim=4096',
];

export function scaleCommand(): Command {
  const command = new Command('scale')
    .description('time and memory against batch, tokens, clusters, bank and heads, each with its growth rate')
    .option('--full', 'vary round the yardstick (ViT-S/16, 8 images, K = 32, 65536-way heads), not a small network')
    .option(
      '--axis <name=sizes>',
      `only this axis, with its own sizes or these, for example batch=1,2,4; repeatable: ${Object.keys(axes).join(', ')}`,
      (text, all: AxisChoice[] = []) => [...all, parseAxis(text)],
    );
  return withBackendFlags(withStepFlags(command, { steps: 5, warmup: 3 }))
    .addOption(jsonOption())
    .addOption(htmlOption())
    .action(async ({ full, axis, steps, warmup, ...flags }: Flags) => {
      const result = await benchScale({
        base: await configOf(full ? yardstick : smallBase, flags),
        choice: axis ?? Object.keys(axes).map(parseAxis),
        steps,
        warmup,
        onPoint: (line) => process.stderr.write(`${line}\n`),
      });
      deliver(flags, result, { lines, page: scalePage });
    });
}

function lines(result: ScaleBench): string[] {
  const { smallestProcessMiB, axes, clusteringMemory } = result;
  return [
    environmentLine(result),
    `smallest process ${smallestProcessMiB.toFixed(0)} MiB; memory below is the peak above it`,
    ...axes.flatMap(axisLines),
    ...(clusteringMemory ? ['', `Memory of the clustering alone against N·K: ${exponentText(clusteringMemory)}`] : []),
  ];
}

function axisLines({ title, unit, points, notMeasured, time, memory }: ScaleAxis): string[] {
  const withShare = points.some(({ share }) => share !== undefined);
  const withBank = points.some(({ extraMiB }) => extraMiB !== undefined);
  const head = [
    unit,
    'ms',
    'MiB',
    ...(withShare ? ['of peak'] : []),
    ...(withBank ? ['update ms', 'bank MiB', 'beyond it'] : []),
  ];
  const rows = points.map(({ size, ms, aboveSmallestMiB, share, pushMs, bankMiB, extraMiB }) => [
    String(size),
    ms.toFixed(ms < 10 ? 1 : 0),
    aboveSmallestMiB.toFixed(0),
    ...(withShare ? [`${(100 * share!).toFixed(0)} %`] : []),
    ...(withBank ? [pushMs!, bankMiB!, extraMiB!].map((value) => value.toFixed(0)) : []),
  ]);
  return [
    '',
    title,
    ...tableLines([head, ...rows]),
    ...notMeasured.map(({ size, reason }) => `  ${size}: ${reason}`),
    ...(time ? [`  time ~ ${exponentText(time)}`] : []),
    ...(memory ? [`  memory ~ ${exponentText(memory)}`] : []),
  ];
}

/** For example `size^0.98 (0.99 between the two largest, R² 1.00)`. */
export const exponentText = ({ exponent, exponentAtEnd, r2 }: Growth): string =>
  `size^${exponent.toFixed(2)} (${exponentAtEnd.toFixed(2)} between the two largest, R² ${r2.toFixed(2)})`;
