import type { GraphNode } from './graph.js';
import { bytesPerElement, Constant, Value } from './value.js';

/** The nodes of one run, what they read from the host, what they must deliver, and the structure as text. */
export interface Plan {
  readonly nodes: readonly GraphNode[];
  readonly feeds: readonly Value[];
  readonly fetches: readonly Value[];
  /** Equal for two plans exactly when one session serves both. */
  readonly key: string;
  /** Bytes of everything the nodes produce. */
  readonly bytes: number;
}

/**
 * Numbers the values of a run in the order in which the nodes mention them and writes the structure down: operators,
 * attributes, constants, wiring, and types and shapes of what is fed. Shapes inside the graph follow from those.
 */
export function makePlan(nodes: readonly GraphNode[]): Plan {
  for (const node of nodes) {
    for (const output of node.outputs) output.local = -1;
    for (const input of node.inputs) if (input instanceof Value) input.local = -1;
  }
  const feeds: Value[] = [];
  const fetches: Value[] = [];
  let count = 0;
  let key = '';
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
          key += `<${input.type}[${input.shape}]`;
        }
        key += `${input.local},`;
      }
    }
    for (const output of node.outputs) {
      // Unwanted ones too get a name: Split crashes and TopK is refused where an output has none.
      output.local = count++;
      bytes += output.size * bytesPerElement(output.type);
      if (output.holders > 0) {
        fetches.push(output);
        key += '!';
      }
    }
    key += ';';
  }
  return { nodes, feeds, fetches, key, bytes };
}
