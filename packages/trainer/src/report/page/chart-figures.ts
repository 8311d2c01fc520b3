import type { Metrics } from '../read-metrics.js';
import { type Chart, drawable } from './charts.js';
import { type Html, html } from './html.js';

/** A section of charts; nothing where the run has no values for any. */
export function chartSection(
  { id, title, lead, size }: { id: string; title: string; lead: string; size?: 'small' },
  charts: readonly Chart[],
  metrics: Metrics,
): Html | undefined {
  const shown = drawable(charts, metrics);
  if (shown.length === 0) return undefined;
  return html`<section id="${id}"><h2>${title}</h2><p>${lead}</p>
<div class="grid ${size ?? ''}">${shown.map(chartFigure)}</div></section>`;
}

function chartFigure(chart: Chart): Html {
  const legend = chart.series.map(
    ({ key, label, colour }) =>
      html`<span><i class="swatch" style="background:var(--series-${colour})"></i>${label} <output data-key="${key}"></output></span>`,
  );
  return html`<figure class="chart" data-chart="${JSON.stringify(chart)}">
<div class="head"><h3>${chart.title}</h3><div class="legend">${legend}</div></div>
<div class="plot"><div class="where"></div></div><figcaption>${chart.caption}</figcaption></figure>`;
}
