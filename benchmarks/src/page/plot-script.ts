/** What runs in the page (plain JavaScript, after uPlot): draws every `figure[data-plot]`, and follows light and dark mode. */
export const plotScript = `
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const text = (value) => (value === null || value === undefined ? '–' : Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 6 }));
const all = [];

function draw(figure) {
  const { x, xLabel, series, unit, log } = JSON.parse(figure.dataset.plot);
  const place = figure.querySelector('.plot');
  const where = figure.querySelector('.where');
  const outputs = figure.querySelectorAll('output');
  const font = '12px ' + getComputedStyle(document.body).fontFamily;
  const axis = { font, stroke: () => colour('muted'), grid: { stroke: () => colour('line'), width: 1 }, ticks: { show: false } };
  const show = (u) => {
    const hovered = u.cursor.idx ?? null;
    series.forEach((line, i) => (outputs[i].textContent = hovered === null ? '' : text(line.values[hovered]) + ' ' + unit));
    where.textContent = hovered === null ? '' : text(x[hovered]) + ' ' + xLabel;
  };
  // On a logarithmic axis every measured size has its tick, and values the powers of ten.
  const powers = { filter: (u, splits) => splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null)) };
  const u = new uPlot({
    width: place.clientWidth,
    height: 200,
    padding: [12, 16, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 7 }, y: false, drag: { x: false, y: false } },
    scales: {
      x: log ? { time: false, distr: 3, log: 10, range: [x[0] / 1.15, x.at(-1) * 1.15] } : { time: false },
      y: log ? { distr: 3 } : { range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        ...axis, size: 28, gap: 6, space: 40,
        ...(log && { splits: () => x, filter: (u, splits) => splits }),
        values: (u, splits) => splits.map((value) => (value === null ? '' : value.toLocaleString('en'))),
      },
      {
        ...axis, gap: 6, grid: { ...axis.grid, ...(log && powers) },
        size: (u, values) => 14 + 6.6 * Math.max(2, ...(values ?? []).map((value) => (value ?? '').length)),
        values: (u, splits) => splits.map((value) => (value === null ? null : text(value))),
      },
    ],
    series: [{}, ...series.map((line) => ({
      stroke: () => colour('series-' + line.colour), width: 2, spanGaps: true,
      points: { show: x.length <= 60, size: 6, fill: () => colour('series-' + line.colour) },
    }))],
    hooks: { setCursor: [show] },
  }, [x, ...series.map(({ values }) => values.map((value) => (log && !(value > 0) ? null : value)))], place);
  show(u);
  new ResizeObserver(() => u.setSize({ width: place.clientWidth, height: 200 })).observe(place);
  all.push(u);
}

document.querySelectorAll('figure[data-plot]').forEach(draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => all.forEach((u) => u.redraw(false, true)));
`;
