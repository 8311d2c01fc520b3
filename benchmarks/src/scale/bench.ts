import { freemem } from 'node:os';
import type { Config } from '@cribo/trainer';
import { type Environment, environment } from '../environment.js';
import { type Growth, growth } from '../figures/growth.js';
import { inOwnProcess, MeasurementFailed } from '../measure/own-process.js';
import { type AxisChoice, axes } from './axes.js';
import { type CaseFigures, measureCase, type Repeats } from './measure-case.js';

export interface ScalePoint extends CaseFigures {
  size: number;
  /** Peak memory above that of a process that has loaded the backend and added two numbers. */
  aboveSmallestMiB: number;
}

export interface ScaleAxis {
  name: string;
  title: string;
  unit: string;
  points: ScalePoint[];
  /** Sizes without a result, and why. */
  notMeasured: { size: number; reason: string }[];
  /** Growth of time, and of memory above the smallest process; absent with fewer than three points. */
  time?: Growth;
  memory?: Growth;
}

export interface ScaleBench extends Environment, Repeats {
  base: Config;
  smallestProcessMiB: number;
  axes: ScaleAxis[];
  /** Memory of all clusterings above the smallest process, against N·K. */
  clusteringMemory?: Growth;
}

export interface ScaleOptions extends Repeats {
  base: Config;
  choice: readonly AxisChoice[];
  onPoint(line: string): void;
}

/** Measures every size of every axis in a process of its own, one axis at a time round the base. */
export async function benchScale({ base, choice, onPoint, ...repeats }: ScaleOptions): Promise<ScaleBench> {
  // Before hours of work: sizes that do not go with the base.
  const cases = choice.map(({ name, sizes }) => sizes.map((size) => ({ size, measured: axes[name]!.at(size, base) })));
  const smallest = (await inOwnProcess('nothing', { backend: base.backend })).peakRssMiB;
  const known = new Map<string, Promise<CaseFigures>>();
  const results: ScaleAxis[] = [];
  for (const [i, { name }] of choice.entries()) {
    const { title, unit } = axes[name]!;
    const axis: ScaleAxis = { name, title, unit, points: [], notMeasured: [] };
    for (const { size, measured } of cases[i]!) {
      try {
        checkMemory(expectedMiB(axis.points, size), freemem() / 2 ** 20);
        // The base lies on several axes.
        const key = JSON.stringify(measured);
        if (!known.has(key)) known.set(key, measureCase(measured, base.backend, repeats));
        const figures = await known.get(key)!;
        axis.points.push({ size, ...figures, aboveSmallestMiB: figures.peakRssMiB - smallest });
        onPoint(`${name} ${size}: ${figures.ms.toFixed(0)} ms, ${figures.peakRssMiB.toFixed(0)} MiB`);
      } catch (error) {
        if (!(error instanceof MeasurementFailed)) throw error;
        axis.notMeasured.push({ size, reason: error.message });
        onPoint(`${name} ${size}: ${error.message}`);
      }
    }
    results.push({ ...axis, ...growthOf(axis.points) });
  }
  const clusterings = results.filter(({ name }) => name.startsWith('clustering')).flatMap(({ points }) => points);
  const clusteringMemory = growth(
    clusterings.map((point) => ({ size: point.tokensTimesClusters!, value: point.aboveSmallestMiB })),
  );
  return {
    ...environment(),
    base,
    ...repeats,
    smallestProcessMiB: smallest,
    axes: results,
    ...(clusteringMemory && { clusteringMemory }),
  };
}

function growthOf(points: readonly ScalePoint[]): Pick<ScaleAxis, 'time' | 'memory'> {
  const time = growth(points.map(({ size, ms }) => ({ size, value: ms })));
  const memory = growth(points.map(({ size, aboveSmallestMiB }) => ({ size, value: aboveSmallestMiB })));
  return { ...(time && { time }), ...(memory && { memory }) };
}

/** Peak memory at a size, on the line through the two points before it; undefined with fewer. */
export function expectedMiB(points: readonly Pick<ScalePoint, 'size' | 'peakRssMiB'>[], size: number) {
  const [a, b] = points.slice(-2);
  if (a === undefined || b === undefined) return undefined;
  const slope = Math.max(0, (b.peakRssMiB - a.peakRssMiB) / (b.size - a.size));
  return b.peakRssMiB + slope * (size - b.size);
}

/** A case that does not fit would take other processes of the machine down with it. */
function checkMemory(expected: number | undefined, free: number): void {
  if (expected === undefined || expected < 0.9 * free) return;
  const gib = (mib: number) => (mib / 1024).toFixed(1);
  throw new MeasurementFailed(`Not measured: it would take about ${gib(expected)} GiB, ${gib(free)} are free.`);
}
