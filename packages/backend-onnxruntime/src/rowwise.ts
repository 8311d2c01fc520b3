import type { Attributes, GraphNode } from './graph.js';
import { Constant, type Operand, type Value } from './value.js';

/** The form of the arrays of row-by-row work: all axes but the last together are the rows. */
export interface Frame {
  readonly rank: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows of one matrix: the last axis but one, or all. */
  readonly matrixRows: number;
}

/**
 * What an array is to a frame: `whole` has its form, `rows` one number per row (last axis 1), `columns` one per column of
 * every matrix (last axis but one 1), `shared` is the same for all rows (a number, or one per column).
 */
type Part = 'whole' | 'rows' | 'columns' | 'shared';

const ELEMENTWISE: ReadonlySet<string> = new Set(
  'Abs Add And Cast Div Erf Exp Gelu Greater IsNaN Log Max Min Mul Neg Or Pow Reciprocal Relu Sigmoid Sqrt Sub Tanh Where'.split(
    ' ',
  ),
);
const ROW_REDUCTIONS: ReadonlySet<string> = new Set(['ReduceMax', 'ReduceMean', 'ReduceSum', 'ReduceSumSquare']);

/** The frame that the result of a node would be whole in. */
export function frameOf({ outputs: [output] }: GraphNode): Frame {
  const { shape, size } = output!;
  const columns = shape.length < 2 ? 1 : shape.at(-1)!;
  const rows = columns === 0 ? 0 : size / columns;
  return { rank: Math.max(1, shape.length), rows, columns, matrixRows: shape.length < 3 ? rows : shape.at(-2)! };
}

/** Whether a node computes every row of a frame from the same row of its inputs. */
export function isRowwise({ op, inputs, outputs, attributes }: GraphNode, frame: Frame): boolean {
  const result = partOf(outputs[0]!, frame);
  if (result !== 'whole' && result !== 'rows') return false;
  if (ELEMENTWISE.has(op)) return inputs.every((input) => input !== null && partOf(input, frame) !== undefined);
  const whole = inputs[0] && partOf(inputs[0], frame) === 'whole';
  if (op === 'Softmax') return whole === true && isLastAxis(attributes, frame);
  // The largest number of every row and its place; more than one would not be `rows`.
  if (op === 'TopK') return whole === true && result === 'rows' && isLastAxis(attributes, frame);
  return ROW_REDUCTIONS.has(op) && whole === true && result === 'rows' && reducesLastAxis(inputs[1], frame);
}

/** What a value is to a frame; undefined if it does not fit. */
export function partOf({ type, shape, size }: Value | Constant, frame: Frame): Part | undefined {
  const { rank, rows, columns, matrixRows } = frame;
  if (type === 'float16' || type === 'float64') return undefined;
  if (size === 1) return 'shared';
  if (shape.length === rank && size === rows * columns && (rank === 1 || shape.at(-1) === columns)) return 'whole';
  if (shape.length === rank && rank > 1 && size === rows && shape.at(-1) === 1) return 'rows';
  if (size === columns && shape.at(-1) === columns) return 'shared';
  const isPerMatrix = shape.length === rank && rank > 2 && shape.at(-2) === 1 && shape.at(-1) === columns;
  return isPerMatrix && size === (rows / matrixRows) * columns ? 'columns' : undefined;
}

function isLastAxis(attributes: Attributes | undefined, { rank }: Frame): boolean {
  const axis = (attributes?.axis as { int: number } | undefined)?.int;
  return rank > 1 && (axis === -1 || axis === rank - 1);
}

const reducesLastAxis = (axes: Operand | null | undefined, { rank }: Frame) =>
  axes instanceof Constant && axes.data.length === 1 && axes.data[0] === rank - 1;
