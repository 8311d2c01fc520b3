/**
 * What runs in the page (plain JavaScript, after uPlot): draws every `figure[data-chart]` from the JSON in `#curves`, keeps
 * cursors and zoom of all charts together, follows light and dark mode, prints light, and lights up the same object in
 * both views under the pointer.
 */
export const pageScript = `
const curves = JSON.parse(document.getElementById('curves').textContent);
const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue('--' + name).trim();
const faded = (name, alpha) => colour(name) + Math.round(alpha * 255).toString(16).padStart(2, '0');
const charts = [];

// A mean over about a fiftieth of the run before and after every point, with weights that fall off exponentially.
function smoothed(values) {
  const keep = Math.exp(-1 / Math.max(1, values.length / 100));
  const sums = values.map(() => 0), weights = values.map(() => 0);
  const gather = (order) => {
    let sum = 0, weight = 0;
    for (const i of order) {
      sums[i] += sum;
      weights[i] += weight;
      if (values[i] !== null) { sum += values[i]; weight += 1; }
      sum *= keep;
      weight *= keep;
    }
  };
  const indices = [...values.keys()];
  gather(indices);
  gather(indices.reverse());
  return values.map((value, i) => (value === null ? null : (sums[i] + value) / (weights[i] + 1)));
}

function numberText(chart, value) {
  if (value === null || value === undefined) return '–';
  if (chart.percent) return (100 * value).toFixed(1) + ' %';
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
  return chart.unit ? Math.round(value).toLocaleString('en') + ' ' + chart.unit : text;
}

function axisText(chart, value) {
  if (value === null) return null;
  if (chart.percent) return Number((100 * value).toPrecision(6)) + ' %';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(0) : Number(value.toPrecision(6)).toLocaleString('en', { maximumSignificantDigits: 6 });
}

function linesOf(chart) {
  return chart.series.flatMap(({ key, colour: number }) => {
    const name = 'series-' + number;
    const { mean, min, max } = curves.series[key];
    const positive = (values) => (chart.log ? values.map((v) => (v > 0 ? v : null)) : values);
    const bold = { key, values: positive(mean), stroke: () => colour(name), width: 2 };
    if (!chart.smooth || mean.length < 30) return [bold];
    const hidden = { stroke: () => 'transparent', width: 0, faint: true };
    const range = min === undefined ? [] : [
      { ...hidden, values: positive(max) },
      { ...hidden, values: positive(min), fillTo: name },
    ];
    const raw = { values: bold.values, stroke: () => faded(name, min === undefined ? 0.3 : 0.22), width: 1, faint: true };
    return [...range, raw, { ...bold, values: smoothed(bold.values) }];
  });
}

function markCrossImage(u) {
  if (curves.crossImageFrom === null) return;
  const x = u.valToPos(curves.crossImageFrom, 'x', true);
  const { left, top, width, height } = u.bbox;
  if (!(x > left && x < left + width)) return;
  u.ctx.save();
  u.ctx.strokeStyle = colour('muted');
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(x, top);
  u.ctx.lineTo(x, top + height);
  u.ctx.stroke();
  u.ctx.restore();
}

function drawChart(figure) {
  const chart = JSON.parse(figure.dataset.chart);
  const lines = linesOf(chart);
  const place = figure.querySelector('.plot');
  const where = figure.querySelector('.where');
  const outputs = new Map([...figure.querySelectorAll('output')].map((output) => [output.dataset.key, output]));
  const font = '12px ' + getComputedStyle(document.body).fontFamily;
  const powers = { filter: (u, splits) => splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null)) };
  const axis = { font, stroke: () => colour('muted'), grid: { stroke: () => colour('line'), width: 1 }, ticks: { show: false } };
  const showValues = (u) => {
    const hovered = u.cursor.idx ?? null;
    const at = hovered ?? curves.steps.length - 1;
    for (const [i, line] of lines.entries()) {
      if (line.key) outputs.get(line.key).textContent = numberText(chart, u.data[i + 1][at]);
    }
    const step = Math.round(curves.steps[at]);
    const epoch = curves.stepsPerEpoch ? ', epoch ' + (step / curves.stepsPerEpoch).toFixed(1) : '';
    where.textContent = hovered === null ? '' : 'step ' + step.toLocaleString('en') + epoch;
  };
  const fills = lines.flatMap((line, i) => (line.fillTo ? [{ series: [i, i + 1], fill: () => faded(line.fillTo, 0.14) }] : []));
  const u = new uPlot({
    width: place.clientWidth,
    height: 200,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'run' }, points: { size: 7 }, y: false, drag: { x: true, y: false } },
    scales: {
      x: { time: false },
      y: chart.log ? { distr: 3 } : chart.fromZero ? { range: (u, min, max) => [0, max > 0 ? max * 1.08 : 1] } : {},
    },
    axes: [
      { ...axis, size: 28, gap: 6, space: 60, values: (u, all) => all.map((value) => (Number.isInteger(value) ? value.toLocaleString('en') : '')) },
      {
        ...axis,
        grid: { ...axis.grid, ...(chart.log && powers) },
        gap: 6,
        size: (u, all) => 14 + 6.6 * Math.max(2, ...(all ?? []).map((text) => (text ?? '').length)),
        values: (u, all) => all.map((value) => axisText(chart, value)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: line.stroke,
        width: line.width,
        spanGaps: true,
        points: line.faint ? { show: false } : { size: 5, fill: line.stroke },
      })),
    ],
    bands: fills,
    hooks: { setCursor: [showValues], drawAxes: chart.markCrossImage ? [markCrossImage] : [] },
  }, [curves.steps, ...lines.map(({ values }) => values)], place);
  showValues(u);
  new ResizeObserver(() => u.setSize({ width: place.clientWidth, height: 200 })).observe(place);
  charts.push(u);
}

document.querySelectorAll('figure[data-chart]').forEach(drawChart);
const redraw = () => charts.forEach((u) => u.redraw(false, true));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => {
  root.dataset.theme = 'light';
  document.querySelectorAll('details').forEach((details) => (details.open = true));
  redraw();
});
addEventListener('afterprint', () => {
  delete root.dataset.theme;
  redraw();
});

document.querySelectorAll('.pair').forEach((pair) => {
  const patches = [...pair.querySelectorAll('path[data-object]')];
  const light = (object) =>
    patches.forEach((path) => path.classList.toggle('other', object !== undefined && path.dataset.object !== object));
  pair.addEventListener('pointerover', (event) => light(event.target.dataset.object));
  pair.addEventListener('pointerleave', () => light(undefined));
});
`;
