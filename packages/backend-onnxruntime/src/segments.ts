import type { GraphNode } from './graph.js';
import { HEAVY_BYTES } from './plan.js';
import { type Frame, frameOf, isRowwise } from './rowwise.js';
import { isHostType, Value } from './value.js';

/** Nodes that run together in one session. */
export interface Segment {
  readonly nodes: readonly GraphNode[];
  /** Set where the nodes work row by row on large arrays of this form: any stretch of rows can be computed alone. */
  readonly frame?: Frame;
}

/** Where the program marks no parts: matrix products per segment. */
const PRODUCTS = 12;
const PRODUCT_OPS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'FusedMatMul']);
/** Work on arrays smaller than this (in elements) is left where it is. */
const LARGE = 2 ** 19;
/** As is a single operation or two: computing them in stretches saves nothing. */
const FEWEST_NODES = 3;

/**
 * Cuts a large graph into segments of consecutive nodes that run one after another, each in a session of its own: where
 * the program marks its parts, around row-by-row work on large arrays, and else every few matrix products. Layers of
 * the same structure then share one session, a change in one part of a step (such as the number of objects) compiles
 * that part alone, and what only later segments need lives in arrays that are recycled as soon as it has been used.
 */
export function segmentsOf(nodes: readonly GraphNode[]): Segment[] {
  if (resultBytes(nodes) <= HEAVY_BYTES) return [{ nodes }];
  const cuttable = cuttablePositions(nodes);
  const segments: Segment[] = [];
  let open: GraphNode[] = [];
  let products = 0;
  const close = () => {
    if (open.length > 0) segments.push({ nodes: open });
    open = [];
    products = 0;
  };
  for (let i = 0; i < nodes.length; ) {
    const frame = frameOf(nodes[i]!);
    const length = frame.rows * frame.columns < LARGE ? 0 : rowwiseLength(nodes, i, frame);
    if (length >= FEWEST_NODES && cuttable.has(i) && cuttable.has(i + length)) {
      const stretch = nodes.slice(i, i + length);
      // The segment is fed from what its views show.
      open.push(...stretch.filter(isView));
      close();
      segments.push({ nodes: stretch.filter((node) => !isView(node)), frame });
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
  for (const { outputs } of nodes) for (const output of outputs) bytes += output.bytes;
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

const isView = ({ outputs }: GraphNode) => outputs[0]!.base !== null;

/** How many nodes from `begin` on work row by row within one frame and belong together; views of what was there before may be among them. */
function rowwiseLength(nodes: readonly GraphNode[], begin: number, frame: Frame): number {
  const made = new Set<Value>();
  let end = begin;
  for (; end < nodes.length; end++) {
    const node = nodes[end]!;
    if (isView(node) ? made.has(node.outputs[0]!.base!) : !isRowwise(node, frame)) break;
    for (const output of node.outputs) made.add(output);
  }
  return connectedLength(nodes.slice(begin, end));
}

/** The shortest beginning of `nodes` whose results none of the others takes as input. */
function connectedLength(nodes: readonly GraphNode[]): number {
  const places = new Map<Value, number>(
    nodes.flatMap(({ outputs }, i) => outputs.map((output) => [output, i] as const)),
  );
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
