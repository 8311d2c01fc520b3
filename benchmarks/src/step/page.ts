import { percent, significant, whole } from '../../../packages/trainer/src/report/page/format.js';
import { type Html, html } from '../../../packages/trainer/src/report/page/html.js';
import { phaseSection } from '../../../packages/trainer/src/report/page/phase-table.js';
import { keyNumber, renderPage, table } from '../page/page.js';
import { type Plot, plots } from '../page/plot.js';
import type { StepBench } from './bench.js';

/** A measured step on one page: key numbers, phases, and how memory, tensors and sessions went along the run. */
export function stepPage(result: StepBench): Html {
  const { config, stepMs, stepMsAll, warmupSteps, gflop, share, matMulGflops, peakRssMiB, phaseSamples } = result;
  const { model, training, views, clustering, head, bank, backend } = config;
  const { memoryTrend, tensorTrend, sessionTrend } = result;
  const numbers = [
    keyNumber('Step', `${whole(stepMs)} ms`, `median of ${stepMsAll.length} after ${warmupSteps}`),
    keyNumber('Images', `${significant(result.imagesPerSecond)}/s`, `batch of ${training.batchSize}`),
    keyNumber('Peak memory', `${whole(peakRssMiB)} MiB`, 'highest resident memory of the process'),
    keyNumber('Products', `${significant(gflop)} GFLOP`, 'matrix products of a step'),
    keyNumber('Share of peak', percent(share), `of a plain product's ${whole(matMulGflops)} GFLOP/s`),
    keyNumber('Sessions', whole(result.sessionsCompiled.at(-1)!), 'compiled in the whole run'),
  ];
  const x = result.atStep;
  const over = (title: string, caption: string, unit: string, colour: 1 | 2 | 3, values: number[]): Plot => ({
    title,
    caption,
    unit,
    xLabel: 'steps',
    x,
    series: [{ label: '', colour, values }],
  });
  const along = (grew: boolean) =>
    grew ? 'It grew from the second to the last quarter of the run.' : 'It did not grow after the first quarter.';
  const lead = `${model.arch}, patches of ${model.patchSize} px, ${training.batchSize} images × 2 views of ${views.imageSize} px, K = ${clustering.clusters}, heads of ${whole(head.outDim)} and ${whole(head.objectOutDim)}, bank of ${whole(bank.images)} images, on ${backend.name}; ${whole(result.objects)} objects in a batch of ${result.source}.`;
  return renderPage({ title: 'Training step', lead, numbers }, result, [
    phaseSection(phaseSamples),
    html`<section><h2>Matrix products</h2><p>Operations by phase, an addition and a multiplication counting as two, and the rate as a share of a plain product's.</p>
${table(
  ['Phase', 'GFLOP', 'share of the peak'],
  result.phaseFigures.map(({ phase, gflop, share }) => [phase, significant(gflop), percent(share)]),
)}</section>`,
    html`<section><h2>Along the run</h2><p>After every step, warm-up included; of long runs ${x.length} points.</p>${plots(
      [
        over('Resident memory', along(memoryTrend.grew), 'MiB', 3, result.rssMiB),
        over('Tensors', along(tensorTrend.grew), '', 1, result.numTensors),
        over('Sessions compiled', along(sessionTrend.grew), '', 2, result.sessionsCompiled),
      ],
    )}</section>`,
  ]);
}
