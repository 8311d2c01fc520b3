import { globalLoss, objectLoss, objectWeights, updateCenter } from '@cribo/losses';
import { clusterJointly, poolObjects } from '@cribo/sinkhorn-cluster';
import { type Generator, type Params, valueAndGrads } from '@cribo/tensor';
import { initProjectionHead, initVit, prefixed, projectionHeadForward, unprefixed, vitForward } from '@cribo/vit';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';
import { clusters, head, learningRate, teacherMomentum, temperatures, vit } from './settings.js';

/**
 * A self-supervised method put together from the packages: DINO (image against image) with objects on top. The teacher
 * groups the patches of both views into objects, and the student has to say of each object in one view what the teacher
 * says of it in the other. No memory bank: nothing is compared across images.
 */
export class DinoWithObjects {
  /** tfjs variables, so that a tfjs optimizer can move them. */
  readonly student: Params;
  #teacher: Params;
  #centers = { global: tf.zeros([1, head.outDim]), object: tf.zeros([1, head.objectOutDim]) };
  readonly #optimizer = tf.train.adam(learningRate);

  constructor(rng: Generator) {
    const initial = {
      ...prefixed(initVit(vit, rng.split('backbone')), 'backbone.'),
      ...prefixed(initProjectionHead(head, rng.split('head')), 'head.'),
    };
    this.student = mapped(initial, (value, name) => tf.variable(value, true, name));
    this.#teacher = initial;
  }

  /** One step of training; the loss before it. */
  async step({ views, positions, initIndices }: Batch): Promise<number> {
    const seen = tf.tidy(() => {
      const { cls, patches } = tokensOf(this.#teacher, views);
      const { assignment, valid } = clusterJointly(patches, positions, initIndices, {
        clusters,
        variant: 'paper',
        posAlpha: 1,
      });
      return {
        assignment,
        weights: objectWeights(valid, 'paper'),
        present: tf.tile(tf.reshape(valid, [-1]), [2]),
        global: logitsOf(this.#teacher, cls, 'global'),
        objects: logitsOf(this.#teacher, poolObjects(patches, assignment), 'object'),
      };
    });

    const { value, grads } = valueAndGrads((student) => {
      const { cls, patches } = tokensOf(student, views);
      const image = globalLoss({
        student: logitsOf(student, cls, 'global'),
        teacher: seen.global,
        center: this.#centers.global,
        ...temperatures,
        variant: 'paper',
      });
      const object = objectLoss({
        student: logitsOf(student, poolObjects(patches, seen.assignment), 'object'),
        teacher: seen.objects,
        center: this.#centers.object,
        weights: seen.weights,
        ...temperatures,
      });
      return { loss: tf.add(image, object), aux: {} };
    }, this.student);

    this.#optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    this.#followStudent();
    this.#centerOn(seen);
    const loss = (await value.data())[0]!;
    tf.dispose([seen, value, grads]);
    return loss;
  }

  dispose(): void {
    tf.dispose([this.student, this.#teacher, this.#centers]);
    this.#optimizer.dispose();
  }

  #followStudent(): void {
    const old = this.#teacher;
    this.#teacher = mapped(old, (value, name) =>
      tf.tidy(() => tf.add(tf.mul(value, teacherMomentum), tf.mul(this.student[name]!, 1 - teacherMomentum))),
    );
    tf.dispose(old);
  }

  #centerOn({ global, objects, present }: { global: tf.Tensor; objects: tf.Tensor; present: tf.Tensor }): void {
    const old = this.#centers;
    this.#centers = tf.tidy(() => ({
      global: updateCenter(old.global, global),
      object: updateCenter(old.object, tf.reshape(objects, [-1, head.objectOutDim]), present),
    }));
    tf.dispose(old);
  }
}

/** CLS tokens `[2B,d]` and patch tokens by view `[2,B,N,d]`. */
function tokensOf(params: Params, views: tf.Tensor4D): { cls: tf.Tensor2D; patches: tf.Tensor4D } {
  const { tokens, cls } = vitForward(unprefixed(params, 'backbone.'), vit, views);
  const [rows, length, dim] = tokens.shape;
  const patches = tf.slice(tokens, [0, 1, 0], [rows, length - 1, dim]);
  return { cls, patches: tf.reshape(patches, [2, rows / 2, length - 1, dim]) };
}

/** Logits of tokens or objects, with the axes they came in. */
function logitsOf(params: Params, x: tf.Tensor, output: 'global' | 'object'): tf.Tensor {
  const rows = tf.reshape(x, [-1, head.inDim]);
  const logits = projectionHeadForward(unprefixed(params, 'head.'), head, rows, output);
  return tf.reshape(logits, [...x.shape.slice(0, -1), -1]);
}

const mapped = (params: Params, f: (value: tf.Tensor, name: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, f(value, name)]));
