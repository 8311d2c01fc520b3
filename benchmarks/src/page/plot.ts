import { type Html, html } from '../../../packages/trainer/src/report/page/html.js';

/** Measured values over a size or over time. */
export interface Plot {
  title: string;
  caption: string;
  /** What x counts. */
  xLabel: string;
  x: readonly number[];
  series: readonly PlotSeries[];
  unit: string;
  /** Both axes logarithmic, so that a power is a straight line; values of 0 and below are left out. */
  log?: boolean;
}

export interface PlotSeries {
  label: string;
  /** Number of the colour in the page's palette. */
  colour: 1 | 2 | 3 | 4 | 5 | 6;
  /** One per x; null where there is none. */
  values: readonly (number | null)[];
}

/** A grid of plots; `plotScript` draws them. */
export const plots = (all: readonly Plot[]): Html => html`<div class="grid">${all.map(figure)}</div>`;

function figure(plot: Plot): Html {
  const legend = plot.series.map(
    ({ label, colour }) =>
      html`<span><i class="swatch" style="background:var(--series-${colour})"></i>${label} <output></output></span>`,
  );
  return html`<figure class="chart" data-plot="${JSON.stringify(plot)}">
<div class="head"><h3>${plot.title}</h3><div class="legend">${legend}</div></div>
<div class="plot"><div class="where"></div></div><figcaption>${plot.caption}</figcaption></figure>`;
}
