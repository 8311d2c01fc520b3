import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { InputError } from '../errors.js';
import { SeriesBuckets } from './series-buckets.js';

/** The curves of a run, by the keys of `metrics.jsonl`, and one that is computed from two of them. */
export const curveKeys = [
  'loss',
  'lossGlobal',
  'lossObject',
  'lossCrossImage',
  'bootstrapRatio',
  'objectsPerImage',
  'lr',
  'weightDecay',
  'teacherMomentum',
  'teacherTemp',
  'studentTemp',
  'posAlpha',
  'gradNorm',
  'imagesPerSecond',
  'waitingShare',
  'rssMiB',
] as const;
export type CurveKey = (typeof curveKeys)[number];

/** Milliseconds of every phase of a step. */
export type PhaseTimes = Record<string, number>;

/** What `metrics.jsonl` says about a run. */
export interface Metrics {
  rows: number;
  firstStep: number;
  lastStep: number;
  curves: SeriesBuckets<CurveKey>;
  /** Means over the last rows: a tenth of the run, but at most 100 and, where there are twice as many, at least 10. */
  recent: Partial<Record<CurveKey, number>>;
  recentRows: number;
  /** Means over as many rows from the first one on. */
  beginning: Partial<Record<CurveKey, number>>;
  /** Seconds spent in steps and waiting for data. */
  seconds: number;
  /** The first step with the cross-image loss. */
  crossImageFrom: number | undefined;
  /** Phase times of the steps they were measured in. */
  phases: PhaseTimes[];
  /** Steps left out because their loss or gradient was not finite. */
  leftOut: number[];
  /** Images found unreadable so far, as the last row says. */
  unreadable: number;
}

type Row = Curves & Record<string, unknown> & { step: number };

const maxPoints = 1500;
const maxRecent = 100;

/**
 * Reads `metrics.jsonl` as a stream, whatever its length. Lines that are not complete, as a killed process may leave
 * them, are passed over. `batchSize` turns objects into objects per image for runs that did not write the latter.
 *
 * @throws InputError if the file is missing or has no row
 */
export async function readMetrics(file: string, batchSize: number): Promise<Metrics> {
  if (!existsSync(file)) {
    throw new InputError(`${file} does not exist, expected the folder of a run (--out of cribo pretrain).`);
  }
  const curves = new SeriesBuckets(curveKeys, maxPoints);
  const first: Curves[] = [];
  const last: Curves[] = [];
  const metrics = {
    rows: 0,
    firstStep: 0,
    lastStep: -1,
    seconds: 0,
    crossImageFrom: undefined as number | undefined,
    phases: [] as PhaseTimes[],
    leftOut: [] as number[],
    unreadable: 0,
  };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const row = parseRow(line);
    if (row === undefined || row.step <= metrics.lastStep) continue;
    const values = curveValues(row, batchSize);
    curves.add(row.step, values);
    if (first.length < maxRecent) first.push(values);
    if (last.push(values) > maxRecent) last.shift();
    if (metrics.rows++ === 0) metrics.firstStep = row.step;
    metrics.lastStep = row.step;
    metrics.seconds += (numberOr(row.dataMs, 0) + numberOr(row.stepMs, 0)) / 1000;
    if (row.crossImage === true) metrics.crossImageFrom ??= row.step;
    if (typeof row.phases === 'object' && row.phases !== null) metrics.phases.push(row.phases as PhaseTimes);
    if (row.applied === false) metrics.leftOut.push(row.step);
    metrics.unreadable = numberOr(row.unreadable, metrics.unreadable);
  }
  if (metrics.rows === 0) {
    throw new InputError(`${file} holds no complete row, expected one JSON object per step of cribo pretrain.`);
  }
  const half = Math.max(1, Math.floor(metrics.rows / 2));
  const recentRows = Math.min(maxRecent, Math.max(Math.min(10, half), Math.floor(metrics.rows / 10)));
  return {
    ...metrics,
    curves,
    recentRows,
    recent: means(last.slice(-recentRows)),
    beginning: means(first.slice(0, recentRows)),
  };
}

type Curves = Partial<Record<CurveKey, unknown>>;

function parseRow(line: string): Row | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === 'object' && row !== null && Number.isInteger((row as Row).step) ? (row as Row) : undefined;
  } catch {
    return undefined;
  }
}

function curveValues(row: Row, batchSize: number): Curves {
  const values: Curves = { ...row };
  if (values.objectsPerImage === undefined && typeof row.objects === 'number') {
    values.objectsPerImage = row.objects / batchSize;
  }
  if (typeof row.dataMs === 'number' && typeof row.stepMs === 'number') {
    values.waitingShare = row.dataMs / (row.dataMs + row.stepMs);
  }
  // Before it is switched on the loss is 0, and no point of its curve.
  if (row.crossImage === false) values.lossCrossImage = null;
  return values;
}

function means(rows: Curves[]): Partial<Record<CurveKey, number>> {
  const result: Partial<Record<CurveKey, number>> = {};
  for (const key of curveKeys) {
    const values = rows.map((row) => row[key]).filter((value) => typeof value === 'number' && Number.isFinite(value));
    if (values.length > 0) result[key] = (values as number[]).reduce((sum, value) => sum + value, 0) / values.length;
  }
  return result;
}

const numberOr = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise);
