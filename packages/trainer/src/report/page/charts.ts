import type { Metrics } from '../read-metrics.js';
import { type CurveKey, curveKeys } from '../read-metrics.js';

/** A line of a chart. */
export interface ChartSeries {
  key: CurveKey;
  label: string;
  /** Number of the colour in the page's palette. */
  colour: 1 | 2 | 3 | 4;
}

/** A chart over the steps of a run. */
export interface Chart {
  title: string;
  caption: string;
  series: ChartSeries[];
  /** Draw single points faintly and a running mean boldly. */
  smooth?: true;
  /** Values are shares, shown in percent. */
  percent?: true;
  log?: true;
  /** A dashed line where the cross-image loss joins. */
  markCrossImage?: true;
  /** The axis begins at 0. */
  fromZero?: true;
  unit?: string;
}

const one = (key: CurveKey, label: string, colour: ChartSeries['colour']): ChartSeries[] => [{ key, label, colour }];

export const lossCharts: Chart[] = [
  {
    title: 'Total loss',
    caption:
      'The sum of the three terms below (Eq. 11). It rises by one term where the cross-image loss joins (dashed line).',
    series: one('loss', 'total', 1),
    smooth: true,
    markCrossImage: true,
  },
  {
    title: 'Global, across views',
    caption: 'Student and teacher agree about the whole image (Eqs. 9–10).',
    series: one('lossGlobal', 'global', 2),
    smooth: true,
    markCrossImage: true,
  },
  {
    title: 'Objects, across views',
    caption: 'They agree about the same object in the two views (Eqs. 5–6).',
    series: one('lossObject', 'object', 3),
    smooth: true,
    markCrossImage: true,
  },
  {
    title: 'Objects, across images',
    caption: 'They agree about an object and its neighbour in another image (Eqs. 7–8).',
    series: one('lossCrossImage', 'cross-image', 4),
    smooth: true,
    markCrossImage: true,
  },
];

export const objectCharts: Chart[] = [
  {
    title: 'Bootstrapping ratio',
    caption: 'Share of retrieved neighbours that lead back to their object, as in Fig. 6 of the paper (Eq. 4).',
    series: one('bootstrapRatio', 'cycle-consistent', 1),
    smooth: true,
    percent: true,
    fromZero: true,
  },
  {
    title: 'Valid objects per image',
    caption: 'Clusters with patches in both views; only these enter the object losses.',
    series: one('objectsPerImage', 'objects', 3),
    smooth: true,
    fromZero: true,
  },
];

export const scheduleCharts: Chart[] = [
  { title: 'Learning rate', caption: 'Linear warm-up, then cosine.', series: one('lr', 'lr', 1) },
  { title: 'Weight decay', caption: 'Cosine over the run.', series: one('weightDecay', 'weight decay', 2) },
  {
    title: 'Teacher momentum',
    caption: 'Weight of the old teacher in its moving average.',
    series: one('teacherMomentum', 'm', 3),
  },
  {
    title: 'Temperatures',
    caption: 'Of the softmax over prototypes; the teacher’s is the sharper one.',
    series: [
      { key: 'teacherTemp', label: 'teacher', colour: 1 },
      { key: 'studentTemp', label: 'student', colour: 2 },
    ],
  },
  {
    title: 'Positional weight',
    caption: 'Of the distance between patches in the cost of clustering (Eq. 16).',
    series: one('posAlpha', 'λ pos', 4),
  },
  {
    title: 'Gradient norm',
    caption: 'L2 norm over all parameters before clipping; logarithmic.',
    series: one('gradNorm', '‖g‖', 2),
    smooth: true,
    log: true,
  },
];

export const speedCharts: Chart[] = [
  {
    title: 'Images per second',
    caption: 'Including the wait for data.',
    series: one('imagesPerSecond', 'images/s', 1),
    smooth: true,
    fromZero: true,
  },
  {
    title: 'Waiting for data',
    caption: 'Share of the time in which the step had no batch. Large? More loading.workers.',
    series: one('waitingShare', 'waiting', 2),
    smooth: true,
    percent: true,
    fromZero: true,
  },
  {
    title: 'Memory',
    caption: 'Resident memory of the process; level after the first steps.',
    series: one('rssMiB', 'resident', 3),
    fromZero: true,
    unit: 'MiB',
  },
];

/** The charts for which the run has values, each with the series that have some. */
export function drawable(charts: readonly Chart[], { curves }: Metrics): Chart[] {
  return charts.flatMap((chart) => {
    const series = chart.series.filter(({ key }) => curves.series(key).mean.some((value) => value !== null));
    return series.length === 0 ? [] : [{ ...chart, series }];
  });
}

/** What the page's script draws from. */
export function chartData(metrics: Metrics, stepsPerEpoch: number | undefined) {
  const { curves, crossImageFrom } = metrics;
  const rounded = (values: (number | null)[]) =>
    values.map((value) => (value === null ? null : Number(value.toPrecision(7))));
  return {
    steps: curves.steps(),
    stepsPerEpoch: stepsPerEpoch ?? null,
    // At step 0 there is no edge to mark.
    crossImageFrom: crossImageFrom === metrics.firstStep ? null : (crossImageFrom ?? null),
    series: Object.fromEntries(
      curveKeys.map((key) => {
        const { mean, min, max } = curves.series(key);
        const range = curves.width > 1 ? { min: rounded(min), max: rounded(max) } : {};
        return [key, { mean: rounded(mean), ...range }];
      }),
    ),
  };
}
