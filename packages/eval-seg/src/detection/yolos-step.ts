import { type Params, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { readScalar } from '../training/read-scalar.js';
import type { Training } from '../training/training.js';
import { setLoss } from './set-loss.js';
import type { SquareView } from './square-view.js';
import { type TokenTargets, tokenTargets } from './token-targets.js';
import { type YolosConfig, yolosForward } from './yolos.js';
import { updateYolos } from './yolos-optimizer.js';

/**
 * One update. Matching needs the predictions on the host, gradients need the matching: so the network runs twice, first for the
 * predictions alone.
 * @returns the loss before the update; if it is not finite nothing is updated
 */
export async function yolosStep(
  training: Training,
  config: YolosConfig,
  views: readonly Pick<SquareView, 'image' | 'objects'>[],
  update: Parameters<typeof updateYolos>[2],
): Promise<number> {
  const images = imageBatch(
    views.map(({ image }) => image),
    config.backbone.imageSize,
  );
  try {
    const { logits, boxes } = await predictions(training.params, config, images);
    if (!logits.every(Number.isFinite) || !boxes.every(Number.isFinite)) return Number.NaN;
    const { tokens } = config;
    const matched = tokenTargets(
      { logits, boxes, tokens },
      views.map(({ objects }) => objects),
    );
    const { value, grads } = tf.tidy(() => {
      const targets = targetTensors(matched, views.length, tokens);
      return valueAndGrads((params) => {
        const predicted = yolosForward(params, config, images);
        return { loss: setLoss(predicted.logits, predicted.boxes, targets), aux: {} };
      }, training.params);
    });
    updateYolos(training, grads, update);
    return await readScalar(value);
  } finally {
    images.dispose();
  }
}

/** Images `[size, size, 3]` as one tensor [B, size, size, 3]. */
export function imageBatch(images: readonly Float32Array[], size: number): tf.Tensor4D {
  const values = new Float32Array(images.length * size * size * 3);
  for (const [i, image] of images.entries()) values.set(image, i * size * size * 3);
  return tf.tensor4d(values, [images.length, size, size, 3]);
}

/** Logits `[B, T, C + 1]` and boxes `[B, T, 4]` on the host. */
export async function predictions(
  params: Params,
  config: YolosConfig,
  images: tf.Tensor4D,
): Promise<{ logits: Float32Array; boxes: Float32Array }> {
  const predicted = yolosForward(params, config, images);
  try {
    const [logits, boxes] = await Promise.all([predicted.logits.data<'float32'>(), predicted.boxes.data<'float32'>()]);
    return { logits, boxes };
  } finally {
    tf.dispose({ ...predicted });
  }
}

function targetTensors({ labels, labelWeights, boxes, boxWeights }: TokenTargets, batch: number, tokens: number) {
  return {
    labels: tf.tensor2d(labels, [batch, tokens], 'int32'),
    labelWeights: tf.tensor2d(labelWeights, [batch, tokens]),
    boxes: tf.tensor3d(boxes, [batch, tokens, 4]),
    boxWeights: tf.tensor2d(boxWeights, [batch, tokens]),
  };
}
