import { type Grid, type LinearTaps, linearTaps } from '../upsample.js';

/**
 * The best class of every pixel after bilinear upsampling of patch scores: the argmax of `upsampleScores`, smallest id on
 * ties, without the upsampled scores. Between four patch centres only classes with a score in one of them can win, which
 * are few out of many, so only those are interpolated.
 * @param scores `[in.rows, in.columns, classes]`, not negative
 * @returns `[out.rows, out.columns]` class ids
 */
export function argmaxPixels(scores: Float32Array, from: Grid, to: Grid, classes: number): Uint8Array {
  const vertical = linearTaps(from.rows, to.rows);
  const horizontal = linearTaps(from.columns, to.columns);
  const rowRuns = runs(vertical);
  const columnRuns = runs(horizontal);
  const labels = new Uint8Array(to.rows * to.columns);
  for (const rows of rowRuns) {
    for (const columns of columnRuns) {
      const top = vertical.low[rows.start]! * from.columns;
      const bottom = vertical.high[rows.start]! * from.columns;
      const left = horizontal.low[columns.start]!;
      const right = horizontal.high[columns.start]!;
      const corners = [top + left, top + right, bottom + left, bottom + right].map((patch) => patch * classes);
      const candidates = scoredClasses(scores, corners, classes);
      fillCell(labels, to.columns, rows, columns, cornerScores(scores, corners, candidates), candidates, {
        vertical: vertical.weight,
        horizontal: horizontal.weight,
      });
    }
  }
  return labels;
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Stretches of target cells between the same two source cells. */
function runs(taps: LinearTaps): Run[] {
  const result: Run[] = [];
  let start = 0;
  for (let i = 1; i <= taps.low.length; i++) {
    const same = i < taps.low.length && taps.low[i] === taps.low[start] && taps.high[i] === taps.high[start];
    if (!same) {
      result.push({ start, end: i });
      start = i;
    }
  }
  return result;
}

function scoredClasses(scores: Float32Array, corners: readonly number[], classes: number): number[] {
  const candidates: number[] = [];
  for (let c = 0; c < classes; c++) {
    if (corners.some((corner) => scores[corner + c]! > 0)) candidates.push(c);
  }
  return candidates;
}

/** Upper left, upper right, lower left and lower right score of every candidate. */
function cornerScores(scores: Float32Array, corners: readonly number[], candidates: readonly number[]): Float64Array {
  return Float64Array.from(candidates.flatMap((c) => corners.map((corner) => scores[corner + c]!)));
}

function fillCell(
  labels: Uint8Array,
  width: number,
  rows: Run,
  columns: Run,
  corner: Float64Array,
  candidates: readonly number[],
  weights: { vertical: Float64Array; horizontal: Float64Array },
): void {
  for (let y = rows.start; y < rows.end; y++) {
    const v = weights.vertical[y]!;
    if (candidates.length === 1) {
      labels.fill(candidates[0]!, y * width + columns.start, y * width + columns.end);
      continue;
    }
    for (let x = columns.start; x < columns.end; x++) {
      const h = weights.horizontal[x]!;
      let best = 0;
      let highest = 0;
      for (let i = 0; i < candidates.length; i++) {
        const upper = (1 - h) * corner[4 * i]! + h * corner[4 * i + 1]!;
        const lower = (1 - h) * corner[4 * i + 2]! + h * corner[4 * i + 3]!;
        const score = (1 - v) * upper + v * lower;
        if (score > highest) {
          highest = score;
          best = candidates[i]!;
        }
      }
      labels[y * width + x] = best;
    }
  }
}
