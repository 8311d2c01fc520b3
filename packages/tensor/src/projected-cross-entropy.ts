import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from './check-shape.js';
import { linear } from './linear.js';
import { partBoundary } from './part-boundary.js';

/** Who says what is to be predicted: softmax((features · weight − center) / temperature). Constants. */
export interface ProjectedTeacher {
  /** float32 [e, C] */
  weight: tf.Tensor;
  /** float32 [1, C] */
  center: tf.Tensor;
  temperature: number;
}

/** One distribution per row to be predicted. Constants. */
export interface ProjectedTarget {
  /** float32 [R, e]: the teacher's features. */
  features: tf.Tensor;
  /** float32 [R], not negative: what every row counts. */
  rowWeights: tf.Tensor;
}

/** Rows whose logits exist at the same time, at most. Products of fewer rows spend more of their time on reading the weight. */
const rowsAtOnce = 192;

/**
 * Cross-entropies behind a wide output layer, without the logits [R, C] of all rows at once:
 * Σ_t Σ_r w_t[r] · CE(target t of row r, softmax(features[r] · weight / temperature)).
 * Loss and gradient are computed together, a few rows after another. A row of weight 0 adds exactly 0 to both, whatever
 * finite logits it has.
 *
 * @param features float32 [R, d]
 * @param weight float32 [d, C]
 * @param teacher what all targets share
 * @param targets at least one
 * @returns `loss`, a scalar whose gradient reaches `features` and `weight`; and `terms`, float32 [T], the share of every
 *   target, which are constants
 * @throws Error if a shape does not fit
 */
export function projectedCrossEntropy(
  features: tf.Tensor,
  weight: tf.Tensor,
  temperature: number,
  teacher: ProjectedTeacher,
  targets: readonly ProjectedTarget[],
): { loss: tf.Scalar; terms: tf.Tensor1D } {
  checkShape('features', features, [null, null]);
  const [rows, dim] = features.shape as [number, number];
  checkShape('weight', weight, [dim, null]);
  const classes = weight.shape[1]!;
  checkShape('teacher weight', teacher.weight, [null, classes]);
  checkShape('center', teacher.center, [1, classes]);
  for (const target of targets) {
    checkShape('target features', target.features, [rows, teacher.weight.shape[0]!]);
    checkShape('rowWeights', target.rowWeights, [rows]);
  }
  const op = tf.customGrad((...args) => {
    const [features, weight, save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    // The center as the bias of a layer: one product instead of a product and a pass over all logits.
    // Reshaped before it is computed with: the wasm backend takes the shape of a reshaped bias for what it was before.
    const bias = tf.div(tf.reshape(teacher.center, [classes]), -teacher.temperature);
    const scaledTargets = targets.map((target) => ({
      features: tf.div(target.features, teacher.temperature),
      rowWeights: target.rowWeights,
    }));
    const teacherLayer = { weight: teacher.weight, bias };
    const terms: tf.Tensor[] = [];
    const dFeatures: tf.Tensor[] = [];
    let dWeight: tf.Tensor | undefined;
    const rowsOfPart = Math.ceil(rows / Math.ceil(rows / rowsAtOnce));
    for (let begin = 0; begin < rows; begin += rowsOfPart) {
      const range = [begin, Math.min(rowsOfPart, rows - begin)] as const;
      const part = crossEntropyOfRows(partBoundary(features), weight, temperature, teacherLayer, scaledTargets, range);
      terms.push(part.terms);
      dFeatures.push(part.dFeatures);
      // What adds up is a part of its own, so that all others are alike.
      dWeight = dWeight ? tf.add(dWeight, partBoundary(part.dWeight)) : part.dWeight;
    }
    const sums = tf.addN(terms);
    save([tf.concat(dFeatures), partBoundary(dWeight!)]);
    return {
      value: tf.concat([tf.sum(sums, 0, true), sums]),
      gradFunc: (dy: tf.Tensor, [dFeatures, dWeight]: tf.Tensor[]) => {
        const scale = tf.slice(dy, 0, 1);
        return [tf.mul(dFeatures!, scale), tf.mul(dWeight!, scale)];
      },
    };
  });
  return tf.tidy(() => {
    const values = op(features, weight);
    return {
      loss: tf.squeeze(tf.slice(values, 0, 1)) as tf.Scalar,
      terms: tf.slice1d(values as tf.Tensor1D, 1, targets.length),
    };
  });
}

/**
 * With s = x W / τ, P = softmax(s) and targets Q_t: the terms Σ_r w_t (log Σ exp s − Q_t · s), and
 * dS = (Σ_t w_t) P − Σ_t w_t Q_t, dx = dS Wᵀ / τ, dW = xᵀ dS / τ.
 */
function crossEntropyOfRows(
  features: tf.Tensor,
  weight: tf.Tensor,
  temperature: number,
  teacher: { weight: tf.Tensor; bias: tf.Tensor },
  targets: readonly ProjectedTarget[],
  [begin, size]: readonly [begin: number, size: number],
): { terms: tf.Tensor; dFeatures: tf.Tensor; dWeight: tf.Tensor } {
  return tf.tidy(() => {
    const part = (x: tf.Tensor) =>
      tf.slice(x, [begin, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)]) as tf.Tensor2D;
    const scaled = tf.div(part(features), temperature) as tf.Tensor2D;
    const rowWeights = targets.map((target) => tf.expandDims(part(target.rowWeights), 1));
    const logits = tf.matMul(scaled, weight as tf.Tensor2D);
    const targetLogits = targets.map((target) => linear(part(target.features), teacher.weight, teacher.bias));
    // From here on row by row. The logarithm of the sum comes from the largest entry of a row; log softmax itself is several
    // times slower than softmax on some backends.
    const probabilities = tf.softmax(logits);
    const logSum = tf.sub(tf.max(logits, 1, true), tf.log(tf.max(probabilities, 1, true)));
    let dLogits: tf.Tensor = tf.mul(probabilities, tf.addN(rowWeights));
    const losses = targetLogits.map((wantedLogits, t) => {
      const wanted = tf.softmax(wantedLogits);
      dLogits = tf.sub(dLogits, tf.mul(wanted, rowWeights[t]!));
      return tf.sub(logSum, tf.sum(tf.mul(wanted, logits), 1, true));
    });
    const terms = losses.map((rows, t) => {
      // An unweighted row may be huge, and an infinite one times 0 would not be 0.
      const counted = tf.where(tf.greater(rowWeights[t]!, 0), rows, tf.zerosLike(rows));
      return tf.sum(tf.mul(counted, rowWeights[t]!), [0, 1]);
    });
    return {
      terms: tf.stack(terms),
      dFeatures: tf.div(tf.matMul(dLogits as tf.Tensor2D, weight as tf.Tensor2D, false, true), temperature),
      dWeight: tf.matMul(scaled, dLogits as tf.Tensor2D, true, false),
    };
  });
}
