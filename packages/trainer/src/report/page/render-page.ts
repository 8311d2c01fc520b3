import type { Pictures } from '../pictures/draw-pictures.js';
import type { Run } from '../read-run.js';
import { chartSection } from './chart-figures.js';
import { chartData, lossCharts, objectCharts, scheduleCharts, speedCharts } from './charts.js';
import { configurationSection, environmentSection, eventSection } from './details.js';
import { evaluationSection } from './evaluation-section.js';
import { header } from './header.js';
import { Html, html, scriptJson } from './html.js';
import { phaseSection } from './phase-table.js';
import { pictureSections, withoutPictures } from './picture-sections.js';
import { pageScript } from './script.js';
import { pageStyle } from './style.js';
import { uplotAssets } from './uplot.js';

/**
 * The whole report as one page that needs nothing else.
 *
 * @param pictures those of the run, or a phrase that says why there are none
 */
export function renderPage(run: Run, pictures: Pictures | string): string {
  const { metrics } = run;
  const { curves } = metrics;
  const resolution =
    curves.width > 1 ? ` A point is the mean of ${curves.width} steps, the shade around it their range.` : '';
  const uplot = uplotAssets();
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${run.name}: CrIBo run</title><link rel="icon" href="data:,">
<style>${new Html(uplot.style)}${new Html(pageStyle)}</style></head>
<body><main>
${header(run)}
${chartSection(
  {
    id: 'losses',
    title: 'Losses',
    lead: `Faint lines are single steps, bold ones running means.${resolution} Point at a curve for its values, drag to zoom in, double-click to zoom out.`,
  },
  lossCharts,
  metrics,
)}
${chartSection(
  {
    id: 'objects',
    title: 'Objects and bootstrapping',
    lead: 'How many objects the clustering finds, and how many of their neighbours in other images can be trusted.',
  },
  objectCharts,
  metrics,
)}
${typeof pictures === 'string' ? withoutPictures(pictures) : pictureSections(pictures)}
${evaluationSection(run.evaluations)}
${chartSection(
  {
    id: 'schedules',
    title: 'Schedules and gradient',
    lead: 'What the settings decided for every step.',
    size: 'small',
  },
  scheduleCharts,
  metrics,
)}
${chartSection({ id: 'speed', title: 'Speed and memory', lead: 'Measured in every step.', size: 'small' }, speedCharts, metrics)}
${phaseSection(metrics.phases)}
${eventSection(run)}
${configurationSection(run)}
${environmentSection(run)}
<footer>CrIBo: Self-Supervised Learning via Cross-Image Object-Level Bootstrapping (ICLR 2024). Equations, figures and tables are the paper’s.</footer>
</main>
<script type="application/json" id="curves">${scriptJson(chartData(metrics, run.stepsPerEpoch))}</script>
<script>${new Html(uplot.script)}</script>
<script type="module">${new Html(pageScript)}</script>
</body></html>
`.toString();
}
