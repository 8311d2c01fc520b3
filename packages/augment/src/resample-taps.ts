const PRECISION_BITS = 22;

/** For every output position: where its taps start, how many there are, and their weights in units of 2^-22. */
export interface Taps {
  readonly start: Int32Array;
  readonly count: Int32Array;
  /** `[outputs, stride]`, the weights of one output next to each other. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** Keys' cubic kernel with a = -0.5, as used by Pillow. */
function keys(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

/**
 * The taps of Pillow's antialiased bicubic resampling from `input` to `output` pixels along one axis.
 * Weights are fixed-point numbers with 22 fractional bits, so resampled pixels are integers that do not depend on the
 * machine.
 */
export function bicubicTaps(input: number, output: number): Taps {
  const scale = input / output;
  const filterScale = Math.max(scale, 1);
  const support = 2 * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(output);
  const count = new Int32Array(output);
  const weights = new Int32Array(output * stride);
  const exact = new Float64Array(stride);
  for (let o = 0; o < output; o++) {
    const centre = (o + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const taps = Math.min(Math.trunc(centre + support + 0.5), input) - first;
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      const w = keys((first + t - centre + 0.5) * (1 / filterScale));
      exact[t] = w;
      sum += w;
    }
    for (let t = 0; t < taps; t++) weights[o * stride + t] = toFixedPoint(exact[t]! / sum);
    start[o] = first;
    count[o] = taps;
  }
  return { start, count, weights, stride };
}

/** Rounds half away from zero. */
function toFixedPoint(weight: number): number {
  const scaled = weight * 2 ** PRECISION_BITS;
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}
