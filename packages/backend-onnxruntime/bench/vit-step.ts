import { attention, gelu, layerNorm, linear, type Params, softmaxCrossEntropy, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { registerOnnxRuntimeBackend } from '../src/index.js';

/*
 * One training step of a ViT-S/16 (forward, backward, AdamW, 4096-way head) on 16 views of 224 px, next to the speed of a
 * plain matrix product in the same process:
 *   node --conditions=@cribo/source --import tsx packages/backend-onnxruntime/bench/vit-step.ts [steps] [threads]
 */

const [views, side, patch, dim, depth, heads, classes] = [16, 224, 16, 384, 12, 6, 4096];
const tokens = (side / patch) ** 2 + 1;
const steps = Number(process.argv[2] ?? 5);

function initialise(): Params {
  const weight = (rows: number, columns: number) => tf.randomNormal([rows, columns], 0, 0.02, 'float32', 1);
  const params: Params = {
    patch: weight(patch * patch * 3, dim),
    patchBias: tf.zeros([dim]),
    position: tf.zeros([1, tokens, dim]),
    cls: tf.zeros([1, 1, dim]),
    normGamma: tf.ones([dim]),
    normBeta: tf.zeros([dim]),
    head: weight(dim, classes),
    headBias: tf.zeros([classes]),
  };
  for (let i = 0; i < depth; i++) {
    for (const norm of ['norm1', 'norm2']) {
      params[`${i}.${norm}.gamma`] = tf.ones([dim]);
      params[`${i}.${norm}.beta`] = tf.zeros([dim]);
    }
    for (const [name, rows, columns] of [
      ['qkv', dim, 3 * dim],
      ['proj', dim, dim],
      ['fc1', dim, 4 * dim],
      ['fc2', 4 * dim, dim],
    ] as const) {
      params[`${i}.${name}`] = weight(rows, columns);
      params[`${i}.${name}.bias`] = tf.zeros([columns]);
    }
  }
  return params;
}

function block(p: Params, i: number, x: tf.Tensor): tf.Tensor {
  const layer = (name: string, x: tf.Tensor) => linear(x, p[`${i}.${name}`]!, p[`${i}.${name}.bias`]!);
  const norm = (name: string, x: tf.Tensor) => layerNorm(x, p[`${i}.${name}.gamma`]!, p[`${i}.${name}.beta`]!);
  const width = dim / heads;
  const qkv = tf.reshape(layer('qkv', norm('norm1', x)), [views, tokens, 3, heads, width]);
  const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const mixed = tf.transpose(attention(q, k, v, width ** -0.5), [0, 2, 1, 3]);
  const y = tf.add(x, layer('proj', tf.reshape(mixed, [views, tokens, dim])));
  return tf.add(y, layer('fc2', gelu(layer('fc1', norm('norm2', y)))));
}

function loss(p: Params, patches: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const embedded = linear(patches, p.patch!, p.patchBias!);
  let x = tf.add(tf.concat([tf.tile(p.cls!, [views, 1, 1]), embedded], 1), p.position!);
  for (let i = 0; i < depth; i++) x = block(p, i, x);
  const normed = layerNorm(x, p.normGamma!, p.normBeta!);
  const cls = tf.reshape(tf.slice(normed, [0, 0, 0], [views, 1, dim]), [views, dim]);
  return tf.mean(softmaxCrossEntropy(linear(cls, p.head!, p.headBias!), targets));
}

interface State {
  params: Params;
  first: Params;
  second: Params;
}

/** AdamW with the bias corrections folded into two scalars. */
function adamW({ params, first, second }: State, grads: Params, step: number): State {
  const next: State = { params: {}, first: {}, second: {} };
  const size = tf.scalar((5e-4 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step));
  const decay = tf.scalar(1 - 5e-4 * 0.04);
  for (const name in params) {
    const gradient = grads[name]!;
    const m = tf.add(tf.mul(first[name]!, 0.9), tf.mul(gradient, 0.1));
    const v = tf.add(tf.mul(second[name]!, 0.999), tf.mul(tf.square(gradient), 0.001));
    const update = tf.mul(tf.div(m, tf.add(tf.sqrt(v), 1e-8)), size);
    next.params[name] = tf.sub(tf.mul(params[name]!, decay), update);
    next.first[name] = m;
    next.second[name] = v;
  }
  return next;
}

async function gigaflops(): Promise<number> {
  const n = 1024;
  const a = tf.randomNormal([n, n]);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const chain = tf.tidy(() => {
      let b: tf.Tensor = a;
      for (let k = 0; k < 10; k++) b = tf.matMul(b, a);
      return tf.sum(b);
    });
    await chain.data();
    times.push(performance.now() - start);
    chain.dispose();
  }
  a.dispose();
  return (10 * 2 * n ** 3) / Math.min(...times) / 1e6;
}

const threads = process.argv[3] === undefined ? {} : { threads: Number(process.argv[3]) };
const backend = await registerOnnxRuntimeBackend(threads);
await tf.setBackend('onnxruntime');
console.log(`matMul 1024: ${(await gigaflops()).toFixed(0)} GFLOP/s`);
const params = initialise();
const zeros = () => Object.fromEntries(Object.entries(params).map(([name, t]) => [name, tf.zeros(t.shape)]));
let state: State = { params, first: zeros(), second: zeros() };
const patches = tf.randomNormal([views, tokens - 1, patch * patch * 3]);
const targets = tf.softmax(tf.randomNormal([views, classes]));

for (let step = 1; step <= steps; step++) {
  const before = backend.stats();
  const usage = process.resourceUsage();
  const start = performance.now();
  const { value, next } = tf.tidy(() => {
    const { value, grads } = valueAndGrads((p) => ({ loss: loss(p, patches, targets), aux: [] }), state.params);
    return { value, next: adamW(state, grads, step) };
  });
  tf.dispose([state.params, state.first, state.second] as unknown as tf.TensorContainer);
  const captured = backend.graph.size;
  const [lossValue] = await value.data();
  value.dispose();
  state = next;
  const after = backend.stats();
  const used = process.resourceUsage();
  const cpu = (used.userCPUTime + used.systemCPUTime - usage.userCPUTime - usage.systemCPUTime) / 1e3;
  const ms = (name: 'captureMs' | 'compileMs' | 'runMs') => (after[name] - before[name]).toFixed(0);
  console.log(
    `step ${step}: ${(performance.now() - start).toFixed(0)} ms (JS + kernels ${ms('captureMs')}, compile ${ms('compileMs')}, ` +
      `run ${ms('runMs')}, CPU ${cpu.toFixed(0)}, faults ${used.minorPageFault - usage.minorPageFault}), loss ${lossValue!.toFixed(4)}, ${captured} nodes, ${tf.memory().numTensors} tensors, ` +
      `RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
}
console.log(`matMul 1024: ${(await gigaflops()).toFixed(0)} GFLOP/s`, backend.stats());
