import { checkShape, softmaxCrossEntropy } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';

/** {@link TokenTargets} as tensors of the same names and shapes. */
export interface TargetTensors {
  readonly labels: tf.Tensor;
  readonly labelWeights: tf.Tensor;
  readonly boxes: tf.Tensor;
  readonly boxWeights: tf.Tensor;
}

/** Weights of L1 distance and generalised IoU beside the cross-entropy, as in DETR and YOLOS. */
const lossWeights = { l1: 5, giou: 2 } as const;

/**
 * DETR's set prediction loss for tokens that have been matched: weighted cross-entropy + 5 · L1 + 2 · (1 − GIoU), the last two over the
 * number of objects. Differentiable in `logits` and `boxes`.
 * @param logits float32 [B, T, C + 1]
 * @param boxes float32 [B, T, 4], see `CenterBox`
 * @returns float32 []
 * @throws Error if the shapes do not fit
 */
export function setLoss(logits: tf.Tensor, boxes: tf.Tensor, targets: TargetTensors): tf.Scalar {
  checkShape('logits', logits, [null, null, null]);
  const [batch, tokens, classes] = logits.shape as [number, number, number];
  checkShape('boxes', boxes, [batch, tokens, 4]);
  checkShape('targets.labels', targets.labels, [batch, tokens]);
  checkShape('targets.boxes', targets.boxes, [batch, tokens, 4]);
  const rows = batch * tokens;
  return tf.tidy(() => {
    const flat = (x: tf.Tensor, width: number) => tf.reshape(x, [rows, width]);
    const oneHot = tf.oneHot(tf.reshape(targets.labels, [rows]), classes, 1, 0, 'float32');
    const entropy = softmaxCrossEntropy(flat(logits, classes), oneHot);
    const classLoss = tf.sum(tf.mul(entropy, tf.reshape(targets.labelWeights, [rows])));

    const [predicted, wanted] = [flat(boxes, 4), flat(targets.boxes, 4)];
    const distance = tf.sum(tf.abs(tf.sub(predicted, wanted)), 1, true);
    const giou = pairedGiou(predicted, wanted);
    const boxLoss = tf.add(tf.mul(distance, lossWeights.l1), tf.mul(tf.sub(1, giou), lossWeights.giou));
    return tf.add(classLoss, tf.sum(tf.mul(boxLoss, flat(targets.boxWeights, 1)))) as tf.Scalar;
  });
}

/** The generalised IoU of every box with the other one of its row: float32 [R, 4] twice to [R, 1]. Differentiable. */
function pairedGiou(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const corners = (box: tf.Tensor) => {
      const [center, size] = tf.split(box, 2, 1) as [tf.Tensor, tf.Tensor];
      return { low: tf.sub(center, tf.mul(size, 0.5)), high: tf.add(center, tf.mul(size, 0.5)), area: area(size) };
    };
    const [first, second] = [corners(a), corners(b)];
    const inner = tf.relu(tf.sub(tf.minimum(first.high, second.high), tf.maximum(first.low, second.low)));
    const outer = tf.sub(tf.maximum(first.high, second.high), tf.minimum(first.low, second.low));
    const [intersection, hull] = [area(inner), area(outer)];
    const union = tf.sub(tf.add(first.area, second.area), intersection);
    return tf.sub(tf.div(intersection, union), tf.div(tf.sub(hull, union), hull));
  });
}

/** Width times height: [R, 2] to [R, 1]. */
function area(size: tf.Tensor): tf.Tensor {
  const [width, height] = tf.split(size, 2, 1) as [tf.Tensor, tf.Tensor];
  return tf.mul(width, height);
}
