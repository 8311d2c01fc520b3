import type { BufferPool } from './buffer-pool.js';
import {
  type HostData,
  int64,
  isHostType,
  type Operand,
  sameShape,
  sizeOf,
  typedArray,
  Value,
  type ValueType,
} from './value.js';

/** ONNX attribute values. Integral lists are ints; scalars say which they are. */
export type Attribute = { int: number } | { float: number } | { string: string } | { ints: readonly number[] };
export type Attributes = Record<string, Attribute>;

/** What an output of a node looks like. */
export interface OutputSpec {
  readonly type: ValueType;
  readonly shape: readonly number[];
}

/** One ONNX operator waiting to be run. */
export class GraphNode {
  /** Between the start of a run and its end nodes must survive even if nobody wants their outputs any more. */
  running = false;
  /** Whether the program marked this place as the beginning of a part of its own. */
  beginsPart = false;

  constructor(
    readonly op: string,
    readonly domain: string,
    readonly attributes: Attributes | undefined,
    readonly inputs: readonly (Operand | null)[],
    readonly outputs: readonly Value[],
    /** Everything about the node but its wiring, as text: part of the session key. */
    readonly signature: string,
  ) {}
}

const MICROSOFT = 'com.microsoft';

function attributeKey(attributes: Attributes | undefined): string {
  let key = '';
  for (const name in attributes) key += `${name}=${Object.values(attributes[name]!)[0]},`;
  return key;
}

/**
 * The operators captured since the last run, in creation order (which is a topological order, and the same one whenever
 * the same code runs). Nodes whose outputs nobody can reach any more are removed at once, so loops that never read
 * anything do not accumulate memory.
 */
export class Graph {
  private nodes = new Set<GraphNode>();
  private atBoundary = false;
  /** Bytes of all values with holders, whether computed yet or not. */
  heldBytes = 0;

  constructor(private readonly pool: BufferPool) {}

  /** Number of operators waiting. */
  get size(): number {
    return this.nodes.size;
  }

  /** The next operator begins a part of its own. */
  markBoundary(): void {
    this.atBoundary = true;
  }

  /** Appends an operator with one output. */
  op(
    op: string,
    inputs: readonly (Operand | null)[],
    type: ValueType,
    shape: readonly number[],
    attributes?: Attributes,
  ): Value {
    return this.append(op, '', inputs, [{ type, shape }], attributes)[0]!;
  }

  /** Appends an operator of ONNX Runtime's own domain with one output. */
  microsoft(
    op: string,
    inputs: readonly (Operand | null)[],
    type: ValueType,
    shape: readonly number[],
    attributes?: Attributes,
  ): Value {
    return this.append(op, MICROSOFT, inputs, [{ type, shape }], attributes)[0]!;
  }

  /** Appends an operator and returns its outputs. */
  append(
    op: string,
    domain: string,
    inputs: readonly (Operand | null)[],
    specs: readonly OutputSpec[],
    attributes?: Attributes,
  ): Value[] {
    if (specs.every((spec) => sizeOf(spec.shape) === 0 && isHostType(spec.type))) {
      return specs.map((spec) => this.host(typedArray(spec.type, new ArrayBuffer(0), 0), spec.type, spec.shape));
    }
    const outputs = specs.map((spec) => new Value(spec.type, spec.shape));
    const signature = `${domain}${op}{${attributeKey(attributes)}${specs.length}}`;
    const node = new GraphNode(op, domain, attributes, inputs, outputs, signature);
    node.beginsPart = this.atBoundary;
    this.atBoundary = false;
    for (const output of outputs) output.producer = node;
    for (const input of inputs) if (input instanceof Value) input.uses++;
    this.nodes.add(node);
    return outputs;
  }

  /** Wraps host data. The array must not be changed afterwards. */
  host(data: HostData, type: ValueType, shape: readonly number[]): Value {
    const value = new Value(type, shape);
    value.host = data;
    return value;
  }

  /** The same elements under another shape. Views of views share one base. */
  reshape(value: Value, shape: readonly number[]): Value {
    if (sameShape(value.shape, shape)) return value;
    const base = value.base ?? value;
    if (sameShape(base.shape, shape)) return base;
    const key = shape.join();
    const known = base.views?.get(key);
    if (known) return known;
    const view = this.op('Reshape', [base, int64(shape)], base.type, shape);
    if (view.producer) {
      view.base = base;
      base.views ??= new Map();
      base.views.set(key, view);
    }
    return view;
  }

  /** Forgets everything captured. */
  clear(): void {
    this.nodes.clear();
  }

  /** Adds one holder (a tensor or a reader). A view is held by holding the value it shows, which is returned. */
  hold(value: Value): Value {
    const held = value.base ?? value;
    if (held.holders++ === 0) this.heldBytes += held.bytes;
    if (value !== held && !value.isReferenced) this.collect(value);
    return held;
  }

  /** Drops one holder. */
  drop(value: Value): void {
    if (--value.holders === 0) this.heldBytes -= value.bytes;
    if (!value.isReferenced) this.collect(value);
  }

  /**
   * Takes all waiting nodes for a run, without those whose outputs nobody refers to. From now on the views captured so
   * far are not shared with later nodes, because only values with holders are delivered by the run.
   */
  beginRun(): GraphNode[] {
    const nodes = [...this.nodes];
    for (let i = nodes.length - 1; i >= 0; i--) {
      const output = nodes[i]!.outputs[0]!;
      if (!output.isReferenced) this.collect(output);
    }
    const needed = [...this.nodes];
    this.nodes = new Set();
    for (const node of needed) {
      node.running = true;
      for (const output of node.outputs) if (output.base) output.base.views = null;
    }
    return needed;
  }

  /** Detaches nodes that have run from their outputs and releases the inputs that only they needed. */
  endRun(nodes: readonly GraphNode[]): void {
    for (const node of nodes) {
      node.running = false;
      for (const output of node.outputs) {
        output.producer = null;
        if (!output.isReferenced) this.recycle(output);
      }
    }
    const views = nodes.filter((node) => node.outputs[0]!.base);
    for (const node of nodes) if (!node.outputs[0]!.base) this.releaseInputs(node);
    for (const node of views) {
      // A view that a later segment takes as input is fed from its base, which must live as long.
      const view = node.outputs[0]!;
      if (view.isReferenced) view.pinsBase = true;
      else this.releaseInputs(node);
    }
  }

  private releaseInputs(node: GraphNode): void {
    for (const input of node.inputs) if (input instanceof Value) this.release(input);
  }

  private release(value: Value): void {
    value.uses--;
    if (!value.isReferenced) this.collect(value);
  }

  /** Frees an unreferenced value, and the chain of nodes that existed only to produce it. */
  private collect(first: Value): void {
    const stack = [first];
    for (let value = stack.pop(); value; value = stack.pop()) {
      const node = value.producer;
      if (!node) {
        this.recycle(value);
        continue;
      }
      if (node.running || node.outputs.some((output) => output.isReferenced) || !this.nodes.delete(node)) continue;
      if (value.base) value.base.views?.delete(value.shape.join());
      for (const input of node.inputs) {
        if (!(input instanceof Value)) continue;
        input.uses--;
        if (!input.isReferenced) stack.push(input);
      }
    }
  }

  private recycle(value: Value): void {
    if (value.pinsBase) {
      value.pinsBase = false;
      this.release(value.base!);
    }
    value.device?.release();
    value.device = null;
    if (!value.host) return;
    this.pool.give(value.host.buffer as ArrayBuffer);
    value.host = null;
    value.ort = null;
  }
}
