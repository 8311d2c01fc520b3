import { readFileSync } from 'node:fs';
import { type Comparison, compare, describeEvaluation } from '../../evaluations/comparison.js';
import { percentOf } from '../../evaluations/record.js';
import type { SavedEvaluation } from '../../evaluations/saved.js';
import { dateTime, whole } from './format.js';
import { type Html, html } from './html.js';

/** The evaluations kept for a run: one table for each way of evaluating, and their pictures. Nothing where there are none. */
export function evaluationSection(evaluations: readonly SavedEvaluation[]): Html | undefined {
  if (evaluations.length === 0) return undefined;
  const comparison = compare(evaluations.map(({ result }) => result));
  return html`<section id="evaluations"><h2>Evaluations</h2>
<p>Results of <code>cribo eval</code> that were kept in the folder of the run, in percent.</p>
${comparison.evaluations.map((_, i) => evaluationTable(comparison, i))}
${evaluations.map(pictureGroup)}</section>`;
}

function evaluationTable({ evaluations, networks }: Comparison, at: number): Html {
  const { protocol, columns } = evaluations[at]!;
  const rows = networks.filter(({ figures }) => figures[at]!.some((figure) => figure !== null));
  return html`<h3 class="evaluation">${title(protocol)}</h3>
<p class="note">${describeEvaluation(evaluations[at]!, evaluations)}</p>
<div class="scroll"><table><thead><tr><th>Network</th>${columns.map((name) => html`<th class="number">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ weights, step, figures }) =>
      html`<tr><td>${weights === 'random' ? 'random initialisation' : `${weights} at step ${whole(step)}`}</td>${figures[
        at
      ]!.map((figure) => html`<td class="number">${figure === null ? '' : percentOf(figure)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function pictureGroup({ result, pictures }: SavedEvaluation, at: number): Html | undefined {
  if (pictures.length === 0) return undefined;
  const { protocol, weights, step, reproduce } = result;
  return html`<details class="pictures"${at === 0 && html` open`}><summary>${title(protocol)}, ${weights} weights at step ${whole(step)}: pictures</summary>
<p class="note">Evaluated ${dateTime(reproduce.date)}.</p>
${pictures.map(
  ({ file, caption, legend = [] }) => html`<figure><img src="${dataUrl(file)}" alt="${caption}">
<figcaption>${caption}${legend.map(({ name, colour }) => html` <span class="key"><i style="background:${colour}"></i>${name}</span>`)}</figcaption></figure>`,
)}</details>`;
}

/** What people call a protocol; one that this version does not know goes by its own name. */
function title(protocol: string): string {
  const titles: Record<string, string> = {
    'dense-nn': 'Dense nearest-neighbour retrieval',
    linear: 'Linear segmentation',
    segmenter: 'Segmenter',
    knn: 'k-NN classification',
    yolos: 'YOLOS detection',
  };
  return titles[protocol] ?? protocol;
}

const dataUrl = (file: string) => `data:image/png;base64,${readFileSync(file).toString('base64')}`;
