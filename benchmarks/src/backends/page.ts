import { significant, whole } from '../../../packages/trainer/src/report/page/format.js';
import { type Html, html } from '../../../packages/trainer/src/report/page/html.js';
import { renderPage, table } from '../page/page.js';
import type { BackendFigures, BackendRow, BackendsBench } from './bench.js';

type Measured = BackendRow & { figures: BackendFigures };

/** The backends of a machine on one page, the fastest first, those that were not measured with the reason. */
export function backendsPage(result: BackendsBench): Html {
  const { config, gflop, steps, warmup, backends } = result;
  const { model, training, views, clustering, head } = config;
  const lead = `One small training step on each: ${model.arch} with ${model.depth ?? 12} blocks of width ${model.embedDim ?? 'as named'}, ${training.batchSize} images × 2 views of ${views.imageSize} px, K = ${clustering.clusters}, heads of ${whole(head.outDim)}, float32; ${significant(gflop)} GFLOP of matrix products. Median of ${steps} after ${warmup}, each backend in a process of its own.`;
  const measured = backends
    .filter((row): row is Measured => row.figures !== undefined)
    .sort((a, b) => a.figures.stepMs - b.figures.stepMs);
  const others = backends.filter(({ figures }) => figures === undefined);
  return renderPage({ title: 'Backends', lead }, result, [
    html`<section><h2>Step</h2><p>Bars show images per second on a logarithmic scale: a tenth of the length is the same factor everywhere.</p>${table(
      ['Backend', 'images/s', 'step, ms', 'first step, ms', 'GFLOP/s', 'matMul GFLOP/s', 'peak MiB'],
      measured.map((row) => cells(row, measured)),
    )}</section>`,
    ...(others.length === 0
      ? []
      : [
          html`<section><h2>Not measured</h2>${table(
            ['Backend', 'Reason'],
            others.map(({ name, note }) => [name, html`${note}`]),
          )}</section>`,
        ]),
  ]);
}

function cells({ name, figures, note }: Measured, all: readonly Measured[]): (Html | string)[] {
  const { imagesPerSecond, stepMs, firstStepMs, gflops, matMulGflops, peakRssMiB } = figures;
  const logs = all.map((row) => Math.log(row.figures.imagesPerSecond));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  // The slowest keeps a tenth of the length.
  const length = high === low ? 1 : 0.1 + (0.9 * (Math.log(imagesPerSecond) - low)) / (high - low);
  return [
    html`${name}${note !== undefined && html`<small>${note}</small>`}<i style="display:block;height:.5rem;border-radius:3px;margin-top:.3rem;min-width:3px;width:${(12 * length).toFixed(2)}rem;background:var(--series-1)"></i>`,
    ...[imagesPerSecond, stepMs, firstStepMs, gflops, matMulGflops].map((value) => significant(value)),
    whole(peakRssMiB),
  ];
}
