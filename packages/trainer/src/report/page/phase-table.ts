import type { PhaseTimes } from '../read-metrics.js';
import { significant, whole } from './format.js';
import { type Html, html } from './html.js';

/** The phases of a step in their order, with what they do. */
const phases: Record<string, [name: string, what: string]> = {
  data: ['Waiting for data', 'decoding and augmentation run beside the step; this is what they did not manage in time'],
  teacher: ['Teacher', 'forward pass, clustering and pooling (Eqs. 1, 12–17)'],
  retrieval: ['Retrieval', 'nearest neighbours and cycle check (Eqs. 2–4)'],
  targets: ['Targets', 'the teacher’s projection head, up to its output layers'],
  student: ['Student', 'forward and backward pass, losses (Eqs. 5–11)'],
  centers: ['Centers', 'running means of the teacher’s logits'],
  bank: ['Bank', 'update of the memory bank'],
  update: ['Update', 'optimizer, moving average of the teacher'],
};

/** Where the time of a step goes, as in Table 9: medians over the steps that measured it. */
export function phaseSection(measured: readonly PhaseTimes[]): Html {
  const rows = Object.keys(measured.at(-1) ?? {})
    .map((phase) => ({ phase, ms: median(measured.map((times) => times[phase] ?? 0)) }))
    .sort((a, b) => place(a.phase) - place(b.phase));
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) {
    return html`<section id="phases"><h2>Time of a step</h2><p>No step of this run measured its phases (logging.phasesEvery).</p></section>`;
  }
  const share = (ms: number) => `${((100 * ms) / total).toFixed(1)}\u202f%`;
  const steps = measured.length === 1 ? 'of one step' : `over ${whole(measured.length)} steps`;
  return html`<section id="phases"><h2>Time of a step</h2>
<p>As in Table 9 of the paper, the median ${steps} that waited for every phase. Such a step takes a little longer than the others.</p>
<div class="bar" role="img" aria-label="Shares of the phases">${rows.map(
    ({ phase, ms }, i) =>
      html`<i title="${nameOf(phase)}: ${share(ms)}" style="flex:${(ms / total).toFixed(4)};background:var(--series-${(i % 6) + 1})"></i>`,
  )}</div>
<div class="scroll"><table><thead><tr><th>Phase</th><th class="number">ms</th><th class="number">share</th></tr></thead>
<tbody>${rows.map(
    ({ phase, ms }, i) =>
      html`<tr><td><i class="swatch" style="background:var(--series-${(i % 6) + 1})"></i>${nameOf(phase)}<small>${
        phases[phase]?.[1]
      }</small></td><td class="number">${significant(ms)}</td><td class="number">${share(ms)}</td></tr>`,
  )}</tbody>
<tfoot><tr><td>Step</td><td class="number">${significant(total)}</td><td class="number">100\u202f%</td></tr></tfoot></table></div></section>`;
}

const nameOf = (phase: string) => phases[phase]?.[0] ?? phase;

/** Phases this version does not know come last. */
function place(phase: string): number {
  const known = Object.keys(phases).indexOf(phase);
  return known < 0 ? Number.MAX_SAFE_INTEGER : known;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
