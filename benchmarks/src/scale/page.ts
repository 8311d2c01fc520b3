import { percent, significant, whole } from '../../../packages/trainer/src/report/page/format.js';
import { type Html, html } from '../../../packages/trainer/src/report/page/html.js';
import type { Growth } from '../figures/growth.js';
import { renderPage, table } from '../page/page.js';
import { type Plot, type PlotSeries, plots } from '../page/plot.js';
import type { ScaleAxis, ScaleBench, ScalePoint } from './bench.js';

/** Growth of a step and its parts on one page: a plot of time and one of memory for every axis. */
export function scalePage(result: ScaleBench): Html {
  const { base, axes, smallestProcessMiB, clusteringMemory, steps, warmup } = result;
  const { model, training, views, clustering, head, bank, backend } = base;
  const depth = model.depth === undefined ? '' : ` with ${model.depth} blocks`;
  const lead = `One size varies at a time. The step is that of ${model.arch}${depth}, ${training.batchSize} images × 2 views of ${views.imageSize} px, K = ${clustering.clusters}, heads of ${whole(head.outDim)}, a bank of ${whole(bank.images)} images, on ${backend.name}; the clustering alone has 8 images, 196 tokens of 384 numbers and 32 clusters, the bank alone 64 objects of 384 numbers per image and 512 queries per view.`;
  const note = html`<section><h2>How to read it</h2><p>Every point is a process of its own: the median of ${steps} after ${warmup} to warm up, and the highest resident memory above that of the smallest process (${whole(smallestProcessMiB)} MiB). Both axes are logarithmic, so that a straight line is a power of the size.${
    clusteringMemory ? ` Memory of the clustering alone grows as (N·K)^${clusteringMemory.exponent.toFixed(2)}.` : ''
  }</p></section>`;
  return renderPage({ title: 'Growth', lead }, result, [note, ...axes.map(axisSection)]);
}

function axisSection(axis: ScaleAxis): Html {
  const { title, unit, points, notMeasured, time, memory } = axis;
  const x = points.map(({ size }) => size);
  const plot = (name: string, unitOfValue: string, growth: Growth | undefined, series: PlotSeries[]): Plot => ({
    title: name,
    caption: growthText(growth),
    xLabel: unit,
    unit: unitOfValue,
    x,
    series,
    log: true,
  });
  const beyond = points.map(({ extraMiB }) => extraMiB ?? null);
  return html`<section><h2>${title}</h2>
${
  points.length > 0 &&
  plots([
    plot('Time', 'ms', time, [{ label: '', colour: 1, values: points.map(({ ms }) => ms) }]),
    plot('Memory', 'MiB', memory, [
      { label: 'above the smallest process', colour: 3, values: points.map((point) => point.aboveSmallestMiB) },
      ...(beyond.some((value) => value !== null)
        ? [{ label: 'beyond the bank', colour: 2 as const, values: beyond }]
        : []),
    ]),
  ])
}
${points.length > 0 && pointTable(unit, points)}
${notMeasured.map(({ size, reason }) => html`<p class="note">${whole(size)} ${unit}: ${reason}</p>`)}</section>`;
}

const optionalColumns = [
  { head: 'GFLOP', of: 'gflop', text: significant },
  { head: 'share of the matMul peak', of: 'share', text: percent },
  { head: 'update, ms', of: 'pushMs', text: significant },
  { head: 'MiB of the bank', of: 'bankMiB', text: whole },
  { head: 'MiB beyond it', of: 'extraMiB', text: whole },
] as const;

function pointTable(unit: string, points: readonly ScalePoint[]): Html {
  const columns = optionalColumns.filter(({ of }) => points.every((point) => point[of] !== undefined));
  const rows = points.map((point) => [
    whole(point.size),
    significant(point.ms),
    whole(point.peakRssMiB),
    ...columns.map(({ of, text }) => text(point[of]!)),
  ]);
  return table([unit, 'ms', 'peak MiB', ...columns.map(({ head }) => head)], rows);
}

function growthText(growth: Growth | undefined): string {
  if (growth === undefined) return 'Too few points for a growth rate.';
  const { exponent, exponentAtEnd, r2 } = growth;
  return `Grows as size^${exponent.toFixed(2)} over all points (R² ${r2.toFixed(2)}), as size^${exponentAtEnd.toFixed(2)} between the two largest.`;
}
