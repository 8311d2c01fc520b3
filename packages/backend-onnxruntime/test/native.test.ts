import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, relative } from 'node:path';
import { promisify } from 'node:util';
import { gelu, layerNorm, linear, softmaxCrossEntropy, valueAndGrads } from '@cribo/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../src/buffer-pool.js';
import { Graph } from '../src/graph.js';
import { findLibrary } from '../src/native/find-library.js';
import { loadOnnxRuntimeNative } from '../src/native/ort-native.js';
import { valueName, writeModel } from '../src/onnx.js';
import { makePlan } from '../src/plan.js';
import { values, withBackend } from './backend.js';

const native = async () => (await loadOnnxRuntimeNative())!;

/** A model that multiplies a matrix [n, n] by itself. */
function squareOf(n: number): { model: Uint8Array; input: string; output: string } {
  const graph = new Graph(new BufferPool());
  const x = graph.host(new Float32Array(n * n), 'float32', [n, n]);
  const y = graph.hold(graph.op('MatMul', [x, x], 'float32', [n, n]));
  const plan = makePlan({ nodes: graph.beginRun() });
  return { model: writeModel({ ...plan, shaped: true }), input: valueName(x), output: valueName(y) };
}

/** What a program prints in a fresh process, with `gc`. */
async function inOwnProcess(program: string): Promise<string> {
  const imports = `
    import { registerOnnxRuntimeBackend } from './src/index.ts';
    import { findLibrary } from './src/native/find-library.ts';
    import { loadOnnxRuntimeNative } from './src/native/ort-native.ts';
    import * as tf from '@tensorflow/tfjs-core';`;
  const flags = ['--expose-gc', '--conditions=@cribo/source', '--import', 'tsx', '--input-type=module'];
  const code = `${imports}\n${program}\nprocess.exit();`;
  const cwd = dirname(import.meta.dirname);
  return (await promisify(execFile)(process.execPath, [...flags, '--eval', code], { cwd })).stdout;
}

describe('the library of onnxruntime-node', () => {
  it('is found in the installed package, for this machine', async () => {
    const installed = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const [bin, , platform, arch, file] = relative(installed, (await findLibrary())!).split(/[\\/]/);
    expect([bin, platform, arch]).toEqual(['bin', process.platform, process.arch]);
    expect(file).toMatch(/onnxruntime/);
  });

  it('writes results to the arrays that it is given, and to no others', async () => {
    const ort = await native();
    expect(ort.sharesMemory).toBe(true);
    const { model, input, output } = squareOf(2);
    const session = await ort.InferenceSession.create(model);
    const run = async (data: Float32Array, result: Float32Array) => {
      const fetch = new ort.Tensor('float32', result, [2, 2]);
      const results = await session.run({ [input]: new ort.Tensor('float32', data, [2, 2]) }, { [output]: fetch });
      expect(results[output]).toBe(fetch);
    };
    const [first, around] = [new Float32Array(4), new Float32Array(8).fill(-1)];
    await run(Float32Array.of(1, 1, 0, 1), first);
    await run(Float32Array.of(2, 0, 0, 3), around.subarray(2, 6));
    expect(first).toEqual(Float32Array.of(1, 2, 0, 1));
    expect(around).toEqual(Float32Array.of(-1, -1, 4, 0, 0, 9, -1, -1));
    await session.release();
  });

  it('runs while JavaScript goes on', async () => {
    const ort = await native();
    const n = 1024;
    const { model, input, output } = squareOf(n);
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    const tensor = () => new ort.Tensor('float32', new Float32Array(n * n), [n, n]);
    const order: string[] = [];
    setImmediate(() => order.push('JavaScript'));
    await session.run({ [input]: tensor() }, { [output]: tensor() });
    order.push('result');
    expect(order).toEqual(['JavaScript', 'result']);
    await session.release();
  });

  it('reports errors by its own message, and works on afterwards', async () => {
    const ort = await native();
    await expect(ort.InferenceSession.create(new Uint8Array(100).fill(7))).rejects.toThrow(/protobuf/i);
    const { model, input, output } = squareOf(2);
    const session = await ort.InferenceSession.create(model);
    const tensor = (shape: number[]) =>
      new ort.Tensor('float32', new Float32Array(tf.util.sizeFromShape(shape)), shape);
    await expect(session.run({ other: tensor([2, 2]) }, { [output]: tensor([2, 2]) })).rejects.toThrow(/other/);
    const unfit = session.run({ [input]: tensor([3, 2]) }, { [output]: tensor([2, 2]) });
    await expect(unfit).rejects.toThrow(/invalid dimensions.*Got: 3 Expected: 2/s);
    await session.run({ [input]: tensor([2, 2]) }, { [output]: tensor([2, 2]) });
    await session.release();
  });

  it('stays loaded while the garbage of its opening is collected', async () => {
    // In a process without onnxruntime-node's own binding, which would keep the library loaded.
    const stdout = await inOwnProcess(`
      await registerOnnxRuntimeBackend();
      await tf.setBackend('onnxruntime');
      for (let i = 0; i < 5; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
        console.log((await tf.add(tf.scalar(i), 1).data())[0]);
      }`);
    expect(stdout.trim().split('\n')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is called through its binding where koffi has been used before and cannot be given the stack any more', async () => {
    const stdout = await inOwnProcess(`
      const { default: koffi } = await import('koffi');
      koffi.load(await findLibrary());
      await registerOnnxRuntimeBackend();
      await tf.setBackend('onnxruntime');
      console.log((await tf.add(tf.scalar(1), 1).data())[0], await loadOnnxRuntimeNative());`);
    expect(stdout.trim()).toBe('2 undefined');
  });
});

describe('called directly', () => {
  it('trains to the same bits as through the binding of onnxruntime-node', async () => {
    const train = async () => {
      const targets = tf.cast(tf.oneHot(tf.tensor1d([0, 2, 1, 1, 0, 2], 'int32'), 3), 'float32');
      let params: Record<string, tf.Tensor> = {
        'norm.weight': tf.ones([8]),
        'fc1.weight': values([8, 16]),
        'fc1.bias': tf.zeros([16]),
        'fc2.weight': values([16, 3], 2),
      };
      const x = values([6, 8], 3);
      const seen: tf.TypedArray[] = [];
      for (let step = 0; step < 3; step++) {
        const { value, grads, aux } = valueAndGrads((p) => {
          const normed = layerNorm(x, p['norm.weight']!, tf.zeros([8]));
          const hidden = gelu(linear(normed, p['fc1.weight']!, p['fc1.bias']!));
          const logits = linear(hidden, p['fc2.weight']!);
          const best = tf.argMax(logits, 1);
          return {
            loss: tf.mean(softmaxCrossEntropy(logits, targets)),
            aux: { best, right: tf.equal(best, tf.argMax(targets, 1)) },
          };
        }, params);
        const updated = (name: string, p: tf.Tensor) => tf.tidy(() => tf.sub(p, tf.mul(grads[name]!, 0.5)));
        params = Object.fromEntries(Object.entries(params).map(([name, p]) => [name, updated(name, p)]));
        const tensors = [value, ...Object.values(aux), ...Object.values(params)];
        seen.push(...(await Promise.all(tensors.map((tensor) => tensor.data()))));
      }
      return seen;
    };
    const ort = await import('onnxruntime-node');
    const direct = await withBackend(train);
    const throughBinding = await withBackend(train, { ort });
    expect(direct).toHaveLength(3 * 7);
    expect(direct).toEqual(throughBinding);
    const losses = [0, 7, 14].map((i) => direct[i]![0]!);
    expect(losses[2]).toBeLessThan(losses[0]!);
  });
});
