import { checkShape } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { type Grid, linearTaps } from '../upsample.js';

/**
 * What the sum over pixels is divided by: `all` of them, ignored ones included (mmsegmentation's default, and the paper's
 * figures), or the `valid` ones alone.
 */
export type LossAverage = 'all' | 'valid';

/**
 * Cross-entropy of every pixel after bilinear upsampling of the patch logits (half-pixel centres, `align_corners` false).
 * Pixels whose label is no class (255) have no loss and no gradient. Differentiable in `logits`; the gradient is computed
 * in closed form together with the loss, one image after the other, so that only the gradient at the resolution of the
 * patches is kept and never the probabilities of a whole batch of pixels.
 *
 * @param logits float32 [B, N, C], patches row by row
 * @param grid patches of one image, rows · columns = N
 * @param labels int32 [B, H, W]
 * @param average default `all`
 * @returns float32 []; 0 where no pixel has a class
 * @throws Error if the shapes do not fit
 */
export function segmentationLoss(
  logits: tf.Tensor,
  grid: Grid,
  labels: tf.Tensor,
  average: LossAverage = 'all',
): tf.Scalar {
  checkShape('logits', logits, [null, grid.rows * grid.columns, null]);
  checkShape('labels', labels, [logits.shape[0]!, null, null]);
  const [batch, height, width] = labels.shape as [number, number, number];
  const op = tf.customGrad((input, save) => {
    const { loss, gradient, valid } = sums(input as tf.Tensor3D, grid, labels as tf.Tensor3D);
    const pixels = average === 'all' ? tf.scalar(batch * height * width) : tf.maximum(valid, 1);
    (save as (tensors: tf.Tensor[]) => void)([tf.div(gradient, pixels)]);
    return {
      value: tf.div(loss, pixels),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0]!, dy),
    };
  });
  return op(logits) as tf.Scalar;
}

interface Sums {
  /** float32 [], over all pixels with a class. */
  loss: tf.Tensor;
  /** float32, of `loss` to the logits. */
  gradient: tf.Tensor;
  /** float32 [], the number of pixels with a class. */
  valid: tf.Tensor;
}

function sums(logits: tf.Tensor3D, grid: Grid, labels: tf.Tensor3D): Sums {
  const [batch, height, width] = labels.shape;
  const classes = logits.shape[2];
  const vertical = interpolationMatrix(grid.rows, height);
  const horizontal = interpolationMatrix(grid.columns, width);
  const images = Array.from({ length: batch }, (_, b) =>
    tf.tidy(() => {
      const patches = tf.reshape(tf.slice(logits, b, 1), [grid.rows, grid.columns, classes]) as tf.Tensor3D;
      const pixels = tf.reshape(tf.slice(labels, b, 1), [height, width]);
      return imageSums(patches, pixels, vertical, horizontal);
    }),
  );
  return {
    loss: tf.addN(images.map(({ loss }) => loss)),
    gradient: tf.reshape(tf.stack(images.map(({ gradient }) => gradient)), logits.shape),
    valid: tf.addN(images.map(({ valid }) => valid)),
  };
}

/** Pixels are held column by column here, which leaves two plain products where the order of rows would need batches. */
function imageSums(
  patches: tf.Tensor3D,
  labels: tf.Tensor,
  vertical: tf.Tensor2D,
  horizontal: tf.Tensor2D,
): Record<keyof Sums, tf.Tensor> {
  const [rows, columns, classes] = patches.shape;
  const [height, width] = [vertical.shape[0], horizontal.shape[0]];
  const tall = tf.matMul(vertical, tf.reshape(patches, [rows, columns * classes]));
  const byColumn = tf.transpose(tf.reshape(tall, [height, columns, classes]), [1, 0, 2]);
  const upsampled = tf.matMul(horizontal, tf.reshape(byColumn, [columns, height * classes]));

  const logProbabilities = tf.logSoftmax(tf.reshape(upsampled, [width * height, classes]));
  // A label that is no class gives a row of zeros, and with it neither loss nor gradient.
  const target = tf.oneHot(tf.reshape(tf.transpose(labels), [width * height]), classes, 1, 0, 'float32');
  const valid = tf.sum(target, 1, true);
  const difference = tf.sub(tf.mul(tf.exp(logProbabilities), valid), target);

  const narrow = tf.matMul(horizontal, tf.reshape(difference, [width, height * classes]), true);
  const byRow = tf.transpose(tf.reshape(narrow, [columns, height, classes]), [1, 0, 2]);
  const gradient = tf.matMul(vertical, tf.reshape(byRow, [height, columns * classes]), true);
  return {
    loss: tf.neg(tf.sum(tf.mul(target, logProbabilities))),
    gradient: tf.reshape(gradient, patches.shape),
    valid: tf.sum(valid),
  };
}

/** float32 [to, from]: bilinear interpolation along one axis as a product. */
function interpolationMatrix(from: number, to: number): tf.Tensor2D {
  const { low, high, weight } = linearTaps(from, to);
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    values[i * from + low[i]!]! += 1 - weight[i]!;
    values[i * from + high[i]!]! += weight[i]!;
  }
  return tf.tensor2d(values, [to, from]);
}
