/** The style sheet of a report: light and dark, phone and print. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --surface: #f6f7f9; --ink: #15191f; --muted: #59626e; --line: #e2e5ea; --accent: #2f5fd0;
  --good: #1c7c4a; --bad: #b3402f; --veil: rgba(10, 13, 18, .68);
  --series-1: #2f5fd0; --series-2: #cf6a1c; --series-3: #1d8a5f; --series-4: #8548c9; --series-5: #c0356e; --series-6: #6b7684;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme='light']) {
    --paper: #10131a; --surface: #181c25; --ink: #e7eaef; --muted: #a0a9b6; --line: #2a303b; --accent: #86aaff;
    --good: #5bc98c; --bad: #f08a76;
    --series-1: #7ea4ff; --series-2: #f0a05a; --series-3: #55c79a; --series-4: #bb8bf0; --series-5: #ee7fab; --series-6: #9aa5b3;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1120px; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -.015em; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.75rem); font-weight: 700; overflow-wrap: anywhere; }
h2 { font-size: 1.5rem; margin-bottom: .4rem; }
h3 { font-size: 1rem; letter-spacing: 0; }
p { margin: 0; max-width: 68ch; text-wrap: pretty; }
a { color: var(--accent); }
code, pre { font: .8125rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
section { margin-top: 4rem; }
section > p, header > p { color: var(--muted); }
.eyebrow { font-size: .8125rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--accent); margin-bottom: .6rem; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; margin-bottom: .6rem; }
.status { font-size: .8125rem; font-weight: 600; padding: .15rem .7rem; border-radius: 2rem; border: 1px solid currentColor; }
.status.finished { color: var(--good); } .status.running { color: var(--accent); } .status.stopped { color: var(--bad); }
.numbers { display: grid; grid-template-columns: repeat(6, 1fr); gap: 1px; margin: 2rem 0 0; border: 1px solid var(--line); border-radius: 12px; background: var(--line); overflow: hidden; }
.numbers div { background: var(--paper); padding: 1rem 1.1rem; }
.numbers dt { font-size: .8125rem; color: var(--muted); }
.numbers dd { margin: .1rem 0 0; font-size: 1.6rem; font-weight: 650; letter-spacing: -.02em; line-height: 1.25; white-space: nowrap; }
.numbers small { display: block; font-size: .8125rem; font-weight: 400; letter-spacing: 0; color: var(--muted); white-space: normal; }
.grid { display: grid; gap: 2rem 2rem; margin-top: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--cell, 420px)), 1fr)); }
.grid.small { --cell: 300px; column-gap: 1.6rem; }
.small h3 { font-size: .9375rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption, .note { font-size: .875rem; line-height: 1.45; color: var(--muted); }
figcaption { margin-top: .5rem; text-wrap: pretty; }
figcaption b, .note b { color: var(--ink); font-weight: 600; }
.note { margin-top: 1rem; max-width: none; }
.chart .head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; column-gap: .6rem; margin-bottom: .3rem; min-height: 1.6rem; }
.chart .legend { font-size: .8125rem; color: var(--muted); display: flex; flex-wrap: wrap; gap: 0 .6rem; }
.chart output { color: var(--ink); font-weight: 600; }
.swatch { display: inline-block; width: .75rem; height: .2rem; border-radius: 2px; margin-right: .3rem; vertical-align: middle; }
.plot { position: relative; height: 200px; overflow: hidden; }
.chart .where { position: absolute; z-index: 1; top: 0; right: 10px; padding: .1rem .4rem; font-size: .75rem; line-height: 1.3; border-radius: 4px; color: var(--muted); background: var(--paper); }
.chart .where:empty { display: none; }
.u-select { background: color-mix(in srgb, var(--accent) 15%, transparent); }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right-color: var(--muted); }
.examples { --cell: 300px; }
.card { border: 1px solid var(--line); border-radius: 12px; padding: .8rem; background: var(--surface); }
.card figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .8rem; font-size: .8125rem; margin-top: .6rem; }
.card figcaption span { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }
.tile { position: relative; aspect-ratio: 1; border-radius: 6px; overflow: hidden; background: var(--line); }
.tile img, .tile svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.tile span { position: absolute; left: 0; bottom: 0; font-size: .6875rem; line-height: 1; padding: .25rem .4rem; border-top-right-radius: 6px; background: rgba(10, 13, 18, .72); color: #fff; }
.tile path { transition: fill-opacity .12s; }
.tile path.other { fill-opacity: .08; }
.edge { fill: none; stroke: #fff; stroke-width: 1.25; vector-effect: non-scaling-stroke; stroke-linecap: square; pointer-events: none; }
.edge.fine { stroke-width: .75; stroke-opacity: .85; }
.edge.object { stroke: #ffd84a; stroke-width: 3; }
.veil { fill: #0a0d12; fill-opacity: .62; pointer-events: none; }
.match { display: grid; grid-template-columns: 1fr 1.9rem 1fr; gap: .4rem; align-items: center; }
.match > svg { width: 100%; fill: none; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.consistent .match > svg { stroke: var(--good); } .rejected .match > svg { stroke: var(--bad); }
.kind { margin-top: 2rem; display: flex; align-items: baseline; gap: .6rem; }
.kind::before { content: ''; width: .6rem; height: .6rem; border-radius: 50%; background: var(--good); }
.kind.rejected::before { background: var(--bad); }
.heads { display: flex; flex-wrap: wrap; gap: .5rem; }
.heads .tile { flex: 1 1 110px; max-width: 160px; }
.attention { --cell: 480px; }
.bar { display: flex; height: 2.2rem; border-radius: 8px; overflow: hidden; margin: 1.5rem 0 1rem; gap: 2px; }
.bar i { display: block; min-width: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th { font-size: .8125rem; font-weight: 600; color: var(--muted); }
td.number, th.number { text-align: right; padding-right: 0; padding-left: 1rem; white-space: nowrap; }
td small { display: block; color: var(--muted); font-size: .8125rem; }
tfoot td { font-weight: 650; border-bottom: 0; }
.evaluation { margin-top: 2rem; }
.evaluation + .note { margin: .2rem 0 .6rem; }
.pictures figure { padding: .4rem 1rem 1rem; }
.pictures > .note { margin: 0; padding: 0 1rem; }
.pictures img { display: block; max-width: 100%; height: auto; max-height: 90vh; border-radius: 6px; }
.key { white-space: nowrap; margin-left: .6rem; }
.key i { display: inline-block; width: .75rem; height: .75rem; border-radius: 3px; margin-right: .3rem; vertical-align: -.05rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .45rem 1.5rem; margin: 1rem 0 0; font-size: .9375rem; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
ol.events { list-style: none; margin: 1rem 0 0; padding: 0; font-size: .9375rem; }
ol.events li { padding: .45rem 0; border-bottom: 1px solid var(--line); display: grid; grid-template-columns: 11.5rem 1fr; gap: 0 1rem; }
ol.events time { color: var(--muted); }
details { margin-top: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
summary { cursor: pointer; padding: .7rem 1rem; font-weight: 600; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 12px; }
details pre { margin: 0; padding: 0 1rem 1rem; overflow-x: auto; }
footer { margin-top: 5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .8125rem; color: var(--muted); }
@media (max-width: 1000px) { .numbers { grid-template-columns: repeat(3, 1fr); } }
@media (max-width: 600px) {
  main { padding: 1.75rem 1rem 3rem; }
  section { margin-top: 3rem; }
  .numbers { grid-template-columns: 1fr 1fr; }
  .numbers dd { font-size: 1.35rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .6rem; }
  ol.events li { grid-template-columns: 1fr; }
}
@media print {
  main { max-width: none; padding: 0; }
  .grid { --cell: 300px; }
  .grid.small, .examples { --cell: 210px; }
  section { margin-top: 2rem; }
  h2 { break-after: avoid; }
  .card, table, .bar { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
