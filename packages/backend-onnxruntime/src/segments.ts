import type { GraphNode } from './graph.js';
import { bytesPerElement, isHostType, type Operand, Value } from './value.js';

/** Nodes that run together in one session. */
export interface Segment {
  readonly nodes: readonly GraphNode[];
  /** Whether every value has either the same number of elements or one: then any stretch of them can be computed alone. */
  readonly elementwise: boolean;
}

/** Graphs whose results take more bytes than this are cut. */
const HEAVY_BYTES = 64 * 2 ** 20;
/** Where the program marks no parts: matrix products per segment. */
const PRODUCTS = 12;
const PRODUCT_OPS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'FusedMatMul']);
/** Element-wise work on arrays smaller than this is left where it is. */
const LARGE_ELEMENTS = 2 ** 19;
/** As is a single operation or two: computing them in stretches saves nothing. */
const FEWEST_NODES = 3;
const ELEMENTWISE_OPS: ReadonlySet<string> = new Set(
  'Abs Add Div Erf Exp Gelu Log Max Min Mul Neg Pow Reciprocal Relu Sigmoid Sqrt Sub Tanh'.split(' '),
);

/**
 * Cuts a large graph into segments of consecutive nodes that run one after another, each in a session of its own: where
 * the program marks its parts, around element-wise work on large arrays, and else every few matrix products. Layers of
 * the same structure then share one session, a change in one part of a step (such as the number of objects) compiles
 * that part alone, and what only later segments need lives in arrays that are recycled as soon as it has been used.
 */
export function segmentsOf(nodes: readonly GraphNode[]): Segment[] {
  if (resultBytes(nodes) <= HEAVY_BYTES) return [{ nodes, elementwise: false }];
  const cuttable = cuttablePositions(nodes);
  const segments: Segment[] = [];
  let open: GraphNode[] = [];
  let products = 0;
  const close = () => {
    if (open.length > 0) segments.push({ nodes: open, elementwise: false });
    open = [];
    products = 0;
  };
  for (let i = 0; i < nodes.length; ) {
    const length = elementwiseLength(nodes, i);
    if (length >= FEWEST_NODES && cuttable.has(i) && cuttable.has(i + length)) {
      close();
      segments.push({ nodes: nodes.slice(i, i + length), elementwise: true });
      i += length;
      continue;
    }
    const node = nodes[i]!;
    const isProduct = PRODUCT_OPS.has(node.op);
    if (cuttable.has(i) && (node.beginsPart || (isProduct && products >= PRODUCTS))) close();
    if (isProduct) products++;
    open.push(node);
    i++;
  }
  close();
  return segments;
}

function resultBytes(nodes: readonly GraphNode[]): number {
  let bytes = 0;
  for (const { outputs } of nodes) for (const { size, type } of outputs) bytes += size * bytesPerElement(type);
  return bytes;
}

/** Positions in front of which no value is alive that an array cannot hold between two sessions, such as int64 indices. */
function cuttablePositions(nodes: readonly GraphNode[]): Set<number> {
  const lastUse = new Map<Value, number>();
  nodes.forEach(({ inputs }, i) => {
    for (const input of inputs) if (input instanceof Value) lastUse.set(input, i);
  });
  const positions = new Set<number>();
  let aliveUntil = -1;
  nodes.forEach(({ outputs }, i) => {
    if (aliveUntil < i) positions.add(i);
    for (const output of outputs) {
      if (!isHostType(output.type)) aliveUntil = Math.max(aliveUntil, lastUse.get(output) ?? -1);
    }
  });
  return positions.add(nodes.length);
}

/** How many nodes from `begin` on work element by element on large arrays of one size and belong together. */
function elementwiseLength(nodes: readonly GraphNode[], begin: number): number {
  const { size } = nodes[begin]!.outputs[0]!;
  if (size < LARGE_ELEMENTS) return 0;
  let end = begin;
  while (end < nodes.length && isElementwise(nodes[end]!, size)) end++;
  return connectedLength(nodes.slice(begin, end));
}

const isElementwise = ({ op, inputs, outputs: [output] }: GraphNode, size: number) =>
  ELEMENTWISE_OPS.has(op) &&
  output!.type === 'float32' &&
  output!.size === size &&
  inputs.every((input) => fits(input, size));

const fits = (input: Operand | null, size: number) =>
  input !== null && (input.size === 1 || (input.size === size && input.type === 'float32'));

/** The shortest beginning of `nodes` whose results none of the others takes as input. */
function connectedLength(nodes: readonly GraphNode[]): number {
  const places = new Map<Value, number>(nodes.map(({ outputs }, i) => [outputs[0]!, i]));
  const lastUse = nodes.map((_, i) => i);
  nodes.forEach(({ inputs }, i) => {
    for (const input of inputs) {
      const place = input instanceof Value ? places.get(input) : undefined;
      if (place !== undefined) lastUse[place] = i;
    }
  });
  let end = 0;
  for (let i = 0; i < nodes.length && i <= end; i++) end = Math.max(end, lastUse[i]!);
  return nodes.length === 0 ? 0 : end + 1;
}
