import { dateTime } from '../../../packages/trainer/src/report/page/format.js';
import { Html, html } from '../../../packages/trainer/src/report/page/html.js';
import { pageStyle } from '../../../packages/trainer/src/report/page/style.js';
import { uplotAssets } from '../../../packages/trainer/src/report/page/uplot.js';
import type { Environment } from '../environment.js';
import { plotScript } from './plot-script.js';

/** A measurement as one page that needs nothing else, in the looks of the report of a run. */
export function renderPage(
  { title, lead, numbers = [] }: { title: string; lead: string; numbers?: Html[] },
  environment: Environment,
  sections: readonly Html[],
): Html {
  const uplot = uplotAssets();
  const { machine, versions, date, command } = environment;
  const { cpu, cores, memoryGiB, os } = machine;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: CrIBo measurement</title><link rel="icon" href="data:,">
<style>${new Html(uplot.style)}${new Html(pageStyle)}</style></head>
<body><main>
<header><p class="eyebrow">CrIBo measurement</p><div class="title"><h1>${title}</h1></div><p>${lead}</p>
${numbers.length > 0 && html`<dl class="numbers">${numbers}</dl>`}</header>
${sections}
<section><h2>Machine</h2><dl class="facts">
${fact('Processor', `${cpu}, ${cores} cores`)}${fact('Memory', `${memoryGiB} GiB`)}${fact('System', os)}
${Object.entries(versions).map(([name, version]) => fact(name, version))}
${fact('Measured', dateTime(date))}${fact('Command', html`<code>${command}</code>`)}
</dl></section>
</main>
<script>${new Html(uplot.script)}</script>
<script type="module">${new Html(plotScript)}</script>
</body></html>
`;
}

const fact = (name: string, value: Html | string) => html`<dt>${name}</dt><dd>${value}</dd>`;

/** A key number for the head of a page. */
export const keyNumber = (name: string, value: string, note: string): Html =>
  html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;

/** A table; cells of the columns after the first are numbers, unless they are markup. */
export function table(head: readonly string[], rows: readonly (readonly (Html | string)[])[]): Html {
  const cell = (value: Html | string, i: number) =>
    html`<td class="${i > 0 && !(value instanceof Html) ? 'number' : ''}">${value}</td>`;
  return html`<div class="scroll"><table><thead><tr>${head.map(
    (name, i) => html`<th class="${i > 0 && !(rows[0]?.[i] instanceof Html) ? 'number' : ''}">${name}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}
