import { describe, expect, it } from 'vitest';
import { BufferPool } from '../src/buffer-pool.js';
import { Graph, type GraphNode } from '../src/graph.js';
import { loadOnnxRuntimeNative } from '../src/native/ort-native.js';
import { valueName, writeModel } from '../src/onnx.js';
import { makePlan } from '../src/plan.js';
import { sizeOf, type Value } from '../src/value.js';
import { forWebGpu } from '../src/webgpu-operators.js';

/** What the nodes of a graph give on the CPU as they are and as they are written for WebGPU, and the operators of the latter. */
async function bothWays(capture: (graph: Graph) => Value) {
  const graph = new Graph(new BufferPool());
  const result = graph.hold(capture(graph));
  const plan = makePlan({ nodes: graph.beginRun() });
  const rewritten = forWebGpu(plan.nodes);
  const run = async (nodes: readonly GraphNode[]) => {
    const ort = (await loadOnnxRuntimeNative())!;
    const session = await ort.InferenceSession.create(writeModel({ ...plan, nodes, shaped: true }));
    const data = result.type === 'bool' ? new Uint8Array(result.size) : new Float32Array(result.size);
    await session.run(
      Object.fromEntries(
        plan.feeds.map((feed) => [valueName(feed), new ort.Tensor('float32', feed.host!, feed.shape)]),
      ),
      { [valueName(result)]: new ort.Tensor(result.type as 'float32', data, result.shape) },
    );
    await session.release();
    return data;
  };
  return {
    expected: await run(plan.nodes),
    actual: await run(rewritten),
    operators: rewritten.map(({ op }) => op),
  };
}

const numbers = (graph: Graph, shape: number[]) =>
  graph.host(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
    'float32',
    shape,
  );

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(actual).toHaveLength(expected.length);
  Array.from(actual).forEach((x, i) => {
    expect(x).toBeCloseTo(expected[i]!, 5);
  });
}

describe('operators for WebGPU', () => {
  it.each([
    { transA: 1, transB: 0, a: [2, 5, 3], b: [2, 5, 4] },
    { transA: 0, transB: 1, a: [2, 3, 5], b: [2, 4, 5] },
    { transA: 1, transB: 1, a: [1, 2, 5, 3], b: [3, 1, 4, 5] },
  ])('multiply transposed matrices $a and $b', async ({ transA, transB, a, b }) => {
    const { expected, actual, operators } = await bothWays((graph) => {
      const shape = a.length === 3 ? [2, 3, 4] : [3, 2, 3, 4];
      const attributes = { transA: { int: transA }, transB: { int: transB } };
      const inputs = [numbers(graph, a), numbers(graph, b)];
      return graph.microsoft('FusedMatMul', inputs, 'float32', shape, attributes);
    });
    expect(operators).toEqual([...new Array(transA + transB).fill('Transpose'), 'MatMul']);
    expectClose(actual, expected);
  });

  it('tell NaN from other numbers', async () => {
    const { expected, actual, operators } = await bothWays((graph) => {
      const x = graph.host(Float32Array.of(Number.NaN, 0, Number.POSITIVE_INFINITY, -1), 'float32', [4]);
      return graph.op('IsNaN', [x], 'bool', [4]);
    });
    expect(operators).not.toContain('IsNaN');
    expect([...expected]).toEqual([1, 0, 0, 0]);
    expect(actual).toEqual(expected);
  });

  it.each([
    { filter: [3, 2, 2, 2], operators: ['Pad', 'Slice', 'Conv'] },
    { filter: [3, 2, 2, 1], operators: ['Conv'] },
  ])('pad an image before a filter $filter that is as large', async ({ filter, operators: expectedOperators }) => {
    const { expected, actual, operators } = await bothWays((graph) => {
      const pads = { ints: [0, 0, 1, filter[3]! - 1] };
      const inputs = [numbers(graph, [1, 2, 2, 2]), numbers(graph, filter)];
      return graph.op('Conv', inputs, 'float32', [1, 3, 2, 2], { pads });
    });
    expect(operators).toEqual(expectedOperators);
    // Not to the bit: a processor may add up a padded image in another order.
    expectClose(actual, expected);
  });

  it('stay as they are where WebGPU has them', async () => {
    const { operators, expected, actual } = await bothWays((graph) =>
      graph.op('Relu', [graph.op('Neg', [numbers(graph, [4])], 'float32', [4])], 'float32', [4]),
    );
    expect(operators).toEqual(['Neg', 'Relu']);
    expect(actual).toEqual(expected);
  });
});
