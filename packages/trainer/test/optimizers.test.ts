import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../test-support/golden.js';
import { follow } from '../src/ema.js';
import { AdamW } from '../src/optim/adamw.js';
import { clipGradient, globalNorm, gradientNorms } from '../src/optim/clip.js';
import { isRegularized, trainableGradients } from '../src/optim/groups.js';
import { Lars } from '../src/optim/lars.js';
import type { Optimizer } from '../src/optim/optimizer.js';
import { Sgd } from '../src/optim/sgd.js';

const start = [0.5, -1, 2, 0.25];
const gradients = [
  [0.1, -0.2, 0.3, 0],
  [-0.4, 0.1, 0.2, 0.5],
  [0.05, 0.6, -0.1, 0.2],
];
const lr = 0.1;
const weightDecay = 0.04;

/** Three updates of a matrix (which decays) and a bias (which does not). */
async function run(optimizer: Optimizer) {
  let params: Record<string, tf.Tensor> = { 'a.weight': tf.tensor2d(start, [2, 2]), 'a.bias': tf.tensor1d(start) };
  for (const gradient of gradients) {
    const grads = { 'a.weight': tf.tensor2d(gradient, [2, 2]), 'a.bias': tf.tensor1d(gradient) };
    const next = optimizer.apply(params, grads, { lr, weightDecay });
    tf.dispose([params, grads]);
    params = next;
  }
  const result = { weight: [...(await params['a.weight']!.data())], bias: [...(await params['a.bias']!.data())] };
  tf.dispose(params);
  optimizer.dispose();
  return result;
}

function expectClose(actual: number[], expected: number[]) {
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5);
  });
}

onBackends(['cpu', 'onnxruntime'], () => {
  it('AdamW decays matrices only and corrects the bias of its moments', async () => {
    const reference = (decay: number) =>
      start.map((value, i) => {
        let [p, m, v] = [value, 0, 0];
        gradients.forEach((gradient, t) => {
          const g = gradient[i]!;
          m = 0.9 * m + 0.1 * g;
          v = 0.999 * v + 0.001 * g * g;
          const step = m / (1 - 0.9 ** (t + 1)) / (Math.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8);
          p = p * (1 - lr * decay) - lr * step;
        });
        return p;
      });
    const before = tf.memory().numTensors;
    const { weight, bias } = await run(new AdamW());
    expectClose(weight, reference(weightDecay));
    expectClose(bias, reference(0));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('SGD adds the decay to the gradient and keeps a momentum of 0.9', async () => {
    const reference = (decay: number) =>
      start.map((value, i) => {
        let [p, velocity] = [value, 0];
        for (const gradient of gradients) {
          velocity = 0.9 * velocity + gradient[i]! + decay * p;
          p -= lr * velocity;
        }
        return p;
      });
    const { weight, bias } = await run(new Sgd());
    expectClose(weight, reference(weightDecay));
    expectClose(bias, reference(0));
  });

  it('LARS scales the step of a matrix by its trust ratio, and leaves biases to plain momentum', async () => {
    const p = [...start];
    const velocity = p.map(() => 0);
    for (const gradient of gradients) {
      const direction = gradient.map((g, i) => g + weightDecay * p[i]!);
      const ratio = (0.001 * Math.hypot(...p)) / Math.hypot(...direction);
      direction.forEach((d, i) => {
        velocity[i] = 0.9 * velocity[i]! + ratio * d;
        p[i] = p[i]! - lr * velocity[i]!;
      });
    }
    const { weight, bias } = await run(new Lars());
    expectClose(weight, p);
    const plain = start.map((value, i) => {
      let [b, v] = [value, 0];
      for (const gradient of gradients) {
        v = 0.9 * v + gradient[i]!;
        b -= lr * v;
      }
      return b;
    });
    expectClose(bias, plain);
  });

  it('LARS takes an unscaled step where a norm is zero', async () => {
    const optimizer = new Lars();
    const params = { 'a.weight': tf.zeros([2, 2]) };
    const next = optimizer.apply(params, { 'a.weight': tf.ones([2, 2]) }, { lr: 0.5, weightDecay });
    expectClose([...(await next['a.weight']!.data())], [-0.5, -0.5, -0.5, -0.5]);
    optimizer.dispose();
    tf.dispose([params, next]);
  });

  it('skips a parameter without a gradient completely', async () => {
    const optimizer = new AdamW();
    const params = { a: tf.ones([2]), b: tf.ones([2]) };
    const grads = { a: tf.ones([2]) };
    const next = optimizer.apply(params, grads, { lr, weightDecay });
    expect(next.b).toBe(params.b);
    expect(optimizer.state.steps).toEqual({ a: 1 });
    expect(Object.keys(optimizer.state.slots.m!)).toEqual(['a']);
    optimizer.dispose();
    tf.dispose([params, grads, next.a!]);
  });

  it('clips every gradient by itself and measures the norm of all', async () => {
    const grads = { a: tf.tensor1d([3, 4]), b: tf.tensor1d([0.1, 0]) };
    const norms = gradientNorms(grads);
    expectClose([...(await norms.a!.data()), ...(await norms.b!.data())], [5, 0.1]);
    const clipped = { a: clipGradient(grads.a, norms.a!, 1), b: clipGradient(grads.b, norms.b!, 1) };
    expectClose([...(await clipped.a.data())], [0.6, 0.8]);
    expectClose([...(await clipped.b.data())], [0.1, 0]);
    const norm = globalNorm(norms);
    expect((await norm.data())[0]).toBeCloseTo(Math.hypot(3, 4, 0.1), 5);
    tf.dispose([grads, norms, clipped, norm]);
  });

  it('moves the teacher towards the student', async () => {
    const next = follow(tf.tensor1d([1, 0]), tf.tensor1d([0, 1]), 0.75);
    expectClose([...(await next.data())], [0.75, 0.25]);
  });
});

describe('parameter groups', () => {
  it('regularize everything but biases and one-dimensional tensors', () => {
    expect(isRegularized('blocks.0.attn.qkv.weight', 2)).toBe(true);
    expect(isRegularized('cls_token', 3)).toBe(true);
    expect(isRegularized('head.last_layer.weight_g', 2)).toBe(true);
    expect(isRegularized('norm.weight', 1)).toBe(false);
    expect(isRegularized('blocks.0.attn.qkv.bias', 1)).toBe(false);
  });

  it('leave out the output layers while they are frozen', () => {
    const grads = { 'head.mlp.0.weight': tf.scalar(0), 'head.last_layer.weight_v': tf.scalar(0) };
    const names = (freezeLastLayer: boolean) => Object.keys(trainableGradients(grads, freezeLastLayer));
    expect(names(true)).toEqual(['head.mlp.0.weight']);
    expect(names(false)).toEqual(Object.keys(grads));
  });
});
