import type { GraphNode } from './graph.js';
import { type Frame, partOf } from './rowwise.js';
import type { Segment } from './segments.js';
import { Constant, Value } from './value.js';

/**
 * Graphs whose results take more bytes than this are heavy: they run in segments; or, where sessions do not share memory,
 * return it after the first run.
 */
export const HEAVY_BYTES = 64 * 2 ** 20;

/** The nodes of one session run, what they read from the host, what they must deliver, and the structure as text. */
export interface Plan {
  readonly nodes: readonly GraphNode[];
  readonly feeds: readonly Value[];
  readonly fetches: readonly Value[];
  /** Equal for two plans exactly when one session serves both. */
  readonly key: string;
  /** Bytes of everything the nodes produce. */
  readonly bytes: number;
  /** See {@link Segment}. Such a plan leaves the number of rows open. */
  readonly frame: Frame | undefined;
}

/**
 * Numbers the values of a run in the order in which the nodes mention them and writes the structure down: operators,
 * attributes, constants, wiring, and types and shapes of what is fed. Shapes inside the graph follow from those.
 */
export function makePlan({ nodes, frame }: Segment): Plan {
  const fetches = wanted(nodes);
  const feeds: Value[] = [];
  let count = 0;
  let key = frame ? `rows of ${frame.columns};` : '';
  let bytes = 0;
  for (const node of nodes) {
    key += node.signature;
    for (const input of node.inputs) {
      if (input === null) key += '_,';
      else if (input instanceof Constant) key += `${input.key},`;
      else {
        if (input.local < 0) {
          input.local = count++;
          feeds.push(input);
          key += `<${input.type}[${frame ? formOf(input, frame) : input.shape}]`;
        }
        key += `${input.local},`;
      }
    }
    for (const output of node.outputs) {
      // Unwanted ones too get a name: Split crashes and TopK is refused where an output has none.
      output.local = count++;
      bytes += output.bytes;
      if (fetches.has(output)) key += '!';
    }
    key += ';';
  }
  return { nodes, feeds, fetches: [...fetches], key, bytes, frame };
}

/** The shape of an input whatever the number of rows is. */
function formOf(input: Value, frame: Frame): string {
  const part = partOf(input, frame)!;
  return part === 'shared' ? String(input.shape) : `${part} ${frame.rank}`;
}

/** What tensors, readers or nodes outside of these need of their results; of a view, the value whose elements it shows. */
function wanted(nodes: readonly GraphNode[]): Set<Value> {
  for (const node of nodes) {
    for (const value of [...node.inputs, ...node.outputs]) {
      if (!(value instanceof Value)) continue;
      value.local = -1;
      value.inner = 0;
    }
  }
  for (const node of nodes) for (const input of node.inputs) if (input instanceof Value) input.inner++;
  const fetches = new Set<Value>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      const source = output.base ?? output;
      if (!source.isComputed && (output.holders > 0 || output.uses > output.inner)) fetches.add(source);
    }
  }
  return fetches;
}
