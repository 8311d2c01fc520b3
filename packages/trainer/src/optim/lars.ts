import * as tf from '@tensorflow/tfjs-core';
import { Optimizer } from './optimizer.js';

const momentum = 0.9;
const trust = 0.001;

/**
 * LARS (You et al., 2017): SGD with momentum whose step is scaled, for every regularized parameter, by the trust ratio
 * 0.001 · ‖p‖ / ‖g + wd·p‖ (1 where either norm is zero).
 */
export class Lars extends Optimizer {
  constructor() {
    super(['momentum']);
  }

  protected override next(
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    [velocity]: [tf.Tensor],
    { lr, weightDecay, regularized }: { lr: number; weightDecay: number; regularized: boolean },
  ): tf.Tensor[] {
    const direction = regularized ? scaledByTrust(parameter, gradient, weightDecay) : gradient;
    const next = tf.add(tf.mul(velocity, momentum), direction);
    return [tf.sub(parameter, tf.mul(next, lr)), next];
  }
}

function scaledByTrust(parameter: tf.Tensor, gradient: tf.Tensor, weightDecay: number): tf.Tensor {
  const decayed = tf.add(gradient, tf.mul(parameter, weightDecay));
  const parameterNorm = tf.norm(parameter);
  const updateNorm = tf.norm(decayed);
  const usable = tf.logicalAnd(tf.greater(parameterNorm, 0), tf.greater(updateNorm, 0));
  const ratio = tf.where(
    usable,
    tf.div(tf.mul(parameterNorm, trust), tf.where(usable, updateNorm, tf.onesLike(updateNorm))),
    tf.onesLike(updateNorm),
  );
  return tf.mul(decayed, ratio);
}
