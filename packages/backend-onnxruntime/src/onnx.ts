import Pbf from 'pbf';
import type { Attribute, GraphNode } from './graph.js';
import type { Plan } from './plan.js';
import { Constant, type Value, type ValueType } from './value.js';

/*
 * Writes the ONNX protocol buffer of a plan. Field numbers are those of onnx.proto (IR version 10).
 */

/** Default operator set; the first with Gelu, IsNaN on all types and the final Reduce signatures is 20. */
export const OPSET = 21;
const IR_VERSION = 10;
const MICROSOFT_OPSET = 1;

const ELEMENT_TYPE: Record<ValueType, number> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

/** ONNX's number of an element type, as Cast's `to` attribute wants it. */
export function elementType(type: ValueType): number {
  return ELEMENT_TYPE[type];
}

/** What a model is written of. */
interface Model extends Pick<Plan, 'nodes' | 'feeds' | 'fetches'> {
  /** Whether inputs and results have the shapes of the values, or any. */
  readonly shaped: boolean;
}

/** Serialises a plan as an ONNX ModelProto. */
export function writeModel(model: Model): Uint8Array {
  const pbf = new Pbf(new Uint8Array(64 * 1024));
  pbf.writeVarintField(1, IR_VERSION);
  pbf.writeMessage(7, writeGraph, model);
  pbf.writeMessage(8, writeOpset, { domain: '', version: OPSET });
  pbf.writeMessage(8, writeOpset, { domain: 'com.microsoft', version: MICROSOFT_OPSET });
  return pbf.finish();
}

function writeOpset(opset: { domain: string; version: number }, pbf: Pbf): void {
  pbf.writeStringField(1, opset.domain);
  pbf.writeVarintField(2, opset.version);
}

function writeGraph({ nodes, feeds, fetches, shaped }: Model, pbf: Pbf): void {
  const constants = new Map<string, string>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (!(input instanceof Constant) || constants.has(input.key)) continue;
      const name = `c${constants.size}`;
      constants.set(input.key, name);
      pbf.writeMessage(5, writeTensor, { constant: input, name });
    }
  }
  for (const node of nodes) pbf.writeMessage(1, writeNode, { node, constants });
  pbf.writeStringField(2, 'captured');
  for (const value of feeds) pbf.writeMessage(11, writeValueInfo, { value, shaped });
  for (const value of fetches) pbf.writeMessage(12, writeValueInfo, { value, shaped });
}

/** The name of a value in the model. */
export function valueName(value: Value): string {
  return `v${value.local}`;
}

function writeNode({ node, constants }: { node: GraphNode; constants: Map<string, string> }, pbf: Pbf): void {
  for (const input of node.inputs) {
    const name = input === null ? '' : input instanceof Constant ? constants.get(input.key)! : valueName(input);
    pbf.writeStringField(1, name);
  }
  for (const output of node.outputs) pbf.writeStringField(2, valueName(output));
  pbf.writeStringField(4, node.op);
  for (const name in node.attributes) pbf.writeMessage(5, writeAttribute, { name, value: node.attributes[name]! });
  if (node.domain) pbf.writeStringField(7, node.domain);
}

function writeAttribute({ name, value }: { name: string; value: Attribute }, pbf: Pbf): void {
  pbf.writeStringField(1, name);
  if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else if ('int' in value) {
    pbf.writeVarintField(3, value.int);
    pbf.writeVarintField(20, 2);
  } else if ('string' in value) {
    pbf.writeStringField(4, value.string);
    pbf.writeVarintField(20, 3);
  } else {
    for (const item of value.ints) pbf.writeVarintField(8, item);
    pbf.writeVarintField(20, 7);
  }
}

function writeTensor({ constant, name }: { constant: Constant; name: string }, pbf: Pbf): void {
  for (const extent of constant.shape) pbf.writeVarintField(1, extent);
  pbf.writeVarintField(2, ELEMENT_TYPE[constant.type]);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, rawData(constant));
}

function rawData({ type, data }: Constant): Uint8Array {
  if (type === 'float32') return new Uint8Array(Float32Array.from(data).buffer);
  if (type === 'int32') return new Uint8Array(Int32Array.from(data).buffer);
  if (type === 'float64') return new Uint8Array(Float64Array.from(data).buffer);
  if (type === 'bool') return Uint8Array.from(data);
  if (type === 'int64') return new Uint8Array(BigInt64Array.from(data, (x) => BigInt(x)).buffer);
  throw new Error(`No constants of element type ${type}`);
}

/** A value that crosses the border of a graph, with its shape or open to any. */
interface Crossing {
  readonly value: Value;
  readonly shaped: boolean;
}

function writeValueInfo(crossing: Crossing, pbf: Pbf): void {
  pbf.writeStringField(1, valueName(crossing.value));
  pbf.writeMessage(2, writeType, crossing);
}

function writeType(crossing: Crossing, pbf: Pbf): void {
  pbf.writeMessage(1, writeTensorType, crossing);
}

function writeTensorType({ value, shaped }: Crossing, pbf: Pbf): void {
  pbf.writeVarintField(1, ELEMENT_TYPE[value.type]);
  if (shaped) pbf.writeMessage(2, writeShape, value.shape);
}

function writeShape(shape: readonly number[], pbf: Pbf): void {
  for (const extent of shape) pbf.writeMessage(1, writeDimension, extent);
}

function writeDimension(extent: number, pbf: Pbf): void {
  pbf.writeVarintField(1, extent);
}
