import { type Generator, partBoundary } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** Elements from which on it pays to take x apart. A backend that captures graphs cuts those that deal with so much. */
const LARGE = 2 ** 20;
/** Shapes that a branch may have at most, for backends that compile every one of them. */
const MOST_SHAPES = 16;

/**
 * x + branch(x) with stochastic depth (Huang et al., 2016): the branch is zeroed for each sample with probability `rate` and
 * divided by 1 − rate for the others. Of a large x, it is computed for hardly more samples than those for which it is not
 * zeroed, but for three quarters at least, lest the shape be another at every step.
 *
 * @param x float32 [B, …]
 * @param branch computes every sample of its result, of the same shape as its input, from the same sample of its input
 */
export function addBranch<T extends tf.Tensor>(
  x: T,
  branch: (x: T) => tf.Tensor,
  rate: number,
  rng: Generator | undefined,
): T {
  return tf.tidy(() => {
    if (rng === undefined || rate === 0) return tf.add(x, branch(x)) as T;
    const scales = Array.from({ length: x.shape[0]! }, () => (rng.bernoulli(rate) ? 0 : 1 / (1 - rate)));
    const samples = x.size >= LARGE && shapesMayVary() ? worthComputing(scales) : scales.map((_, i) => i);
    if (samples.length === scales.length) return tf.add(x, scaled(branch(x), scales)) as T;
    // A part of its own: what is before and after has the same shapes at every step.
    const whole = partBoundary(x) as T;
    const result = scaled(
      branch(take(whole, samples)),
      samples.map((i) => scales[i]!),
    );
    return partBoundary(tf.add(whole, put(result, samples, scales.length))) as T;
  });
}

/** Whether another shape costs little: not where a backend compiles graphs as a whole, for which it has a flag. */
const shapesMayVary = () => !(tf.backend() as { compilesWholeGraphs?: boolean }).compilesWholeGraphs;

/** Those that are not zeroed, and as many of the others as make the number one of a few. */
function worthComputing(scales: readonly number[]): number[] {
  const batch = scales.length;
  const kept = scales.filter((scale) => scale !== 0).length;
  const unit = Math.ceil(batch / MOST_SHAPES);
  let missing = Math.min(batch, unit * Math.ceil(Math.max(kept, 0.75 * batch) / unit)) - kept;
  return scales.flatMap((scale, i) => (scale !== 0 || missing-- > 0 ? [i] : []));
}

/** A branch [n, …] with every sample times a number. The numbers enter as data, so that a captured graph stays the same. */
const scaled = (x: tf.Tensor, scales: readonly number[]) =>
  tf.mul(x, tf.tensor(Float32Array.from(scales), [scales.length, ...x.shape.slice(1).map(() => 1)]));

/** Some samples of x. The gradient puts theirs back. */
function take<T extends tf.Tensor>(x: T, samples: readonly number[]): T {
  const batch = x.shape[0]!;
  return tf.customGrad((x) => ({
    value: rowsOf(x as tf.Tensor, samples),
    gradFunc: (dy: tf.Tensor) => spread(dy, samples, batch),
  }))(x) as T;
}

/** [batch, …] with the samples of x in their places and zeros in the others. */
const put = (x: tf.Tensor, samples: readonly number[], batch: number): tf.Tensor =>
  tf.customGrad((x) => ({
    value: spread(x as tf.Tensor, samples, batch),
    gradFunc: (dy: tf.Tensor) => rowsOf(dy, samples),
  }))(x);

const rowsOf = (x: tf.Tensor, samples: readonly number[]) => tf.gather(x, tf.tensor1d([...samples], 'int32'));

function spread(x: tf.Tensor, samples: readonly number[], batch: number): tf.Tensor {
  const zeros = tf.zeros([1, ...x.shape.slice(1)]);
  const places = new Array<number>(batch).fill(samples.length);
  samples.forEach((sample, place) => {
    places[sample] = place;
  });
  return rowsOf(tf.concat([x, zeros]), places);
}
