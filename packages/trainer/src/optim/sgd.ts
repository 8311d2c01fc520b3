import * as tf from '@tensorflow/tfjs-core';
import { Optimizer } from './optimizer.js';

const momentum = 0.9;

/** SGD with momentum 0.9 and weight decay added to the gradient. */
export class Sgd extends Optimizer {
  constructor() {
    super(['momentum']);
  }

  protected override next(
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    [velocity]: [tf.Tensor],
    { lr, weightDecay }: { lr: number; weightDecay: number },
  ): tf.Tensor[] {
    const decayed = tf.add(gradient, tf.mul(parameter, weightDecay));
    const next = tf.add(tf.mul(velocity, momentum), decayed);
    return [tf.sub(parameter, tf.mul(next, lr)), next];
  }
}
