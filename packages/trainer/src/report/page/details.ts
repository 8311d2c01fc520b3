import type { RunInfo } from '../../run/run-info.js';
import type { Run } from '../read-run.js';
import { dateTime, whole } from './format.js';
import { type Html, html } from './html.js';

/** What happened besides training: sessions, unreadable images, steps left out. */
export function eventSection({ info, metrics }: Run): Html {
  const sessions = (info?.sessions ?? []).map(({ started, firstStep, host }, i) =>
    event(dateTime(started), `${i === 0 ? 'Started' : `Resumed at step ${whole(firstStep)}`} on ${host}.`),
  );
  const { leftOut, unreadable } = metrics;
  const listed = `${leftOut.slice(0, 20).map(whole).join(', ')}${leftOut.length > 20 ? ' …' : ''}`;
  return html`<section id="events"><h2>Events</h2><ol class="events">
${sessions}
${event('Unreadable images', unreadable === 0 ? 'none' : `${whole(unreadable)}, each replaced by the next readable one; log.txt names them`)}
${event('Steps left out', leftOut.length === 0 ? 'none' : `${whole(leftOut.length)} whose loss or gradient was not finite: ${listed}`)}
</ol></section>`;
}

const event = (when: string, what: string) => html`<li><time>${when}</time><span>${what}</span></li>`;

export const configurationSection = ({ configText }: Run): Html =>
  html`<section id="configuration"><h2>Configuration</h2><p>The complete settings, as in config.yaml.</p>
<details><summary>All settings</summary><pre>${configText}</pre></details></section>`;

/** Where and with what the run was made. */
export function environmentSection({ info, folder, checkpoint }: Run): Html {
  const facts: [string, Html | string][] = [
    ['Run folder', folder],
    ...(checkpoint ? [['Newest checkpoint', `step ${whole(checkpoint.info.step)}`] as [string, string]] : []),
    ...(info ? recorded(info) : []),
  ];
  return html`<section id="environment"><h2>Environment</h2>
<dl class="facts">${facts.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl></section>`;
}

function recorded({
  source,
  split,
  layout,
  images,
  backend,
  machine,
  versions,
  sessions,
}: RunInfo): [string, Html | string][] {
  const { cpu, cores, memoryGiB, os } = machine;
  return [
    ['Images', `${whole(images)} from ${source}${split === undefined ? '' : `, split ${split}`} (${layout})`],
    ['Backend', backend],
    ['Machine', `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}`],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Command', html`<code>${sessions.at(-1)?.command.join(' ')}</code>`],
  ];
}
