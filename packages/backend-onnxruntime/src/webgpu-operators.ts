import { type Attributes, GraphNode } from './graph.js';
import { int64, type Operand, Value } from './value.js';

/** A node written with others; `name` numbers a value between them. */
type Rewriting = (node: GraphNode, name: () => number) => GraphNode[];

/**
 * Operators that ONNX Runtime computes on the CPU where the rest of a graph runs on WebGPU, with a copy of their arrays
 * there and back; and one that it computes wrongly.
 */
const REWRITINGS: Record<string, Rewriting> = {
  FusedMatMul({ inputs: [a, b], outputs: [product], attributes }, name) {
    const nodes: GraphNode[] = [];
    const factor = (operand: Operand, flag: string) => {
      if (!isSet(attributes, flag)) return operand;
      const { type, shape } = operand;
      const axes = shape.map((_, axis) => axis);
      const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
      const transposed = between(
        new Value(
          type,
          perm.map((axis) => shape[axis]!),
        ),
        name,
      );
      nodes.push(new GraphNode('Transpose', '', { perm: { ints: perm } }, [operand], [transposed], ''));
      return transposed;
    };
    const inputs = [factor(a!, 'transA'), factor(b!, 'transB')];
    return [...nodes, new GraphNode('MatMul', '', undefined, inputs, [product!], '')];
  },

  /**
   * Only NaN differs from itself. Shader compilers may take NaN to be absent, but not two inputs to be the same: they are
   * bound apart.
   */
  IsNaN({ inputs: [x], outputs: [mask] }, name) {
    const same = between(new Value('bool', mask!.shape), name);
    return [
      new GraphNode('Equal', '', undefined, [x!, x!], [same], ''),
      new GraphNode('Not', '', undefined, [same], [mask!], ''),
    ];
  },

  /** ONNX Runtime 1.30 leaves the padding out where the filter is as large as the image. */
  Conv(node, name) {
    const { inputs, outputs, attributes } = node;
    const [x, filter, ...bias] = inputs as [Operand, Operand, ...Operand[]];
    const [top, left, bottom, right] = (attributes!.pads as { ints: Quadruple }).ints;
    const [images, channels, height, width] = x.shape as Quadruple;
    const isWhole = filter.shape[2] === height && filter.shape[3] === width;
    if (!isWhole || top + left + bottom + right === 0) return [node];
    const [rows, columns] = [top + height + bottom, left + width + right];
    const larger = between(new Value(x.type, [images, channels, rows + 1, columns]), name);
    const padded = between(new Value(x.type, [images, channels, rows, columns]), name);
    const slice = [int64([0]), int64([rows]), int64([2])];
    return [
      // A row too many, which is cut off: ONNX Runtime would make one operator of a plain Pad and Conv again.
      new GraphNode('Pad', '', undefined, [x, int64([0, 0, top, left, 0, 0, bottom + 1, right])], [larger], ''),
      new GraphNode('Slice', '', undefined, [larger, ...slice], [padded], ''),
      new GraphNode(
        'Conv',
        '',
        { ...attributes, pads: { ints: [0, 0, 0, 0] } },
        [padded, filter, ...bias],
        outputs,
        '',
      ),
    ];
  },
};

type Quadruple = [number, number, number, number];

/** The same computation with operators that WebGPU has. The values of the nodes must be numbered. */
export function forWebGpu(nodes: readonly GraphNode[]): GraphNode[] {
  let next = 0;
  for (const { inputs, outputs } of nodes) {
    for (const value of [...inputs, ...outputs]) if (value instanceof Value) next = Math.max(next, value.local + 1);
  }
  return nodes.flatMap((node) => REWRITINGS[node.op]?.(node, () => next++) ?? [node]);
}

function between(value: Value, name: () => number): Value {
  value.local = name();
  return value;
}

const isSet = (attributes: Attributes | undefined, name: string) =>
  (attributes?.[name] as { int: number } | undefined)?.int === 1;
